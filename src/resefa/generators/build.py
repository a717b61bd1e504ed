"""Construction of a network from a checkpoint record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from resefa.checkpoints.record import CheckpointRecord
from resefa.errors import ModelError, WeightsError
from resefa.networks.derived import weights_to_come


class _WithoutInitialValues(TorchFunctionMode):
    """Skips random initialisation, which takes longer than reading the file that replaces all weights."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Sequence[type], args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if func is torch.randn:
            return torch.empty(*args, **(kwargs or {}))
        if func in (Tensor.normal_, Tensor.uniform_):
            return args[0]
        if func in (torch.nn.init.kaiming_uniform_, torch.nn.init.normal_, torch.nn.init.uniform_):
            return args[0] if args else kwargs["tensor"]
        return func(*args, **(kwargs or {}))


class _OnlyShapes(_WithoutInitialValues):
    """Also skips the scaling of initial values: on the meta device PyTorch imports its compiler for arithmetic, which takes seconds."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Sequence[type], args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if func in (Tensor.div, Tensor.mul) and isinstance(args[1], (int, float)):
            return args[0]
        return super().__torch_function__(func, types, args, kwargs)


def built(network_class: type, record: CheckpointRecord, name: str, device: torch.device, dtype: torch.dtype) -> Any:
    """Frozen network of a record, in evaluation mode.

    Raises:
        ModelError: a tensor is missing or unexpected.
        WeightsError: a tensor holds NaN or infinity.
    """
    _check(network_class, record, name)
    _check_finite(record, name)
    with _WithoutInitialValues(), weights_to_come():
        network = network_class(record.config)
    # Cast the network first: float64 tensors (folded spectral norms) must not pass through float32.
    if dtype != torch.float32:
        network = network.to(dtype)
    try:
        network.load_state_dict(dict(record.tensors), strict=True)
    except RuntimeError as error:  # not detected by _check
        raise ModelError(f"{name} does not fit a {record.family}: {str(error).splitlines()[-1].strip()}") from error
    network = network.eval().requires_grad_(False)
    return network if device.type == "cpu" else network.to(device, dtype)


def _check_finite(record: CheckpointRecord, name: str) -> None:
    """Refuse weights with NaN or infinity, which would make every image black."""
    bad = [key for key, value in record.tensors.items() if value.is_floating_point() and not value.isfinite().all()]
    if not bad:
        return
    value = record.tensors[bad[0]]
    what = "NaN" if bool(value.isnan().any()) else "infinity"
    where = (
        f"all {value.numel()}" if not value.isfinite().any() else f"{int((~value.isfinite()).sum())} of {value.numel()}"
    )
    others = f", and in {len(bad) - 1} other tensors" if len(bad) > 1 else ""
    raise WeightsError(
        f"{name} holds {what} in {where} numbers of the tensor {bad[0][:100]}{others}: the training diverged, or the file is damaged. "
        "Use an earlier snapshot."
    )


def _check(network_class: type, record: CheckpointRecord, name: str) -> None:
    """Check the configuration against the tensors before memory is allocated."""
    try:
        with torch.device("meta"), _OnlyShapes(), weights_to_come():
            expected = {key: tuple(value.shape) for key, value in network_class(record.config).state_dict().items()}
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, RuntimeError, ArithmeticError) as error:
        raise ModelError(
            f"{name} does not describe a {record.family} ({type(error).__name__}: {str(error)[:100]}): convert the original file again."
        ) from error
    for key in [*expected, *record.tensors]:
        if key not in record.tensors or key not in expected:
            how = "lacks" if key in expected else "has"
            raise ModelError(f"{name} does not fit a {record.family}: it {how} the tensor {key[:100]}.")
        if (shape := tuple(record.tensors[key].shape)) != expected[key]:
            raise ModelError(f"{name} does not fit a {record.family}: {key} has shape {shape}, not {expected[key]}.")
