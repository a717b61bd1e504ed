"""Loading of a network's weights from a file, read as data; errors name tensors that are missing, unexpected or of wrong shape."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

from resefa.errors import MetricError, WeightsError, printable
from resefa.pickles import read_tree

_NAMED = 3


def load_into(network: nn.Module, path: str | Path, what: str, passed_over: tuple[str, ...] = ()) -> None:
    """Fill ``network`` with the tensors of a state dict saved by ``torch.save``. No code in the file is run.

    Args:
        what: name of the network, for messages.
        passed_over: prefixes of tensors that the file may have and the network lacks (the last layer of a classifier).

    Raises:
        WeightsError: the file does not exist or is damaged.
        MetricError: the file holds another network; the message names tensors that are missing, unexpected or of a different shape.
    """
    path = Path(path)
    if not path.is_file():
        raise WeightsError(f"The file {path} does not exist; give the weights of {what}.")
    content = read_tree(path)
    if not isinstance(content, Mapping) or not all(isinstance(value, Tensor) for value in content.values()):
        raise MetricError(f"{path.name} does not hold a state dict of tensors; expected the weights of {what}.")
    given = {str(name): value for name, value in content.items() if not str(name).endswith("num_batches_tracked")}
    wanted = {name: value for name, value in network.state_dict().items() if not name.endswith("num_batches_tracked")}
    missing = [name for name in wanted if name not in given]
    unlike = [
        f"{name} {tuple(given[name].shape)}, expected {tuple(wanted[name].shape)}"
        for name in wanted
        if name in given and given[name].shape != wanted[name].shape
    ]
    extra = [name for name in given if name not in wanted and not name.startswith(passed_over or ("\0",))]
    problems = [
        f"{kind} {_some(names)}"
        for kind, names in (
            ("is missing", missing),
            ("has a different shape in", unlike),
            ("has the unexpected", extra),
        )
        if names
    ]
    if problems:
        raise MetricError(
            f"{path.name} does not match {what}: the file {' and '.join(problems)}; give the weights of {what}."
        )
    network.load_state_dict({name: given[name].to(value.dtype) for name, value in wanted.items()}, strict=False)


def _some(names: list[str]) -> str:
    shown = ", ".join(printable(name, 70) for name in names[:_NAMED])
    return f"{shown} and {len(names) - _NAMED} more" if len(names) > _NAMED else shown
