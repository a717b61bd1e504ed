"""StyleGAN3 of bytedance/Hammer, including the files of the original ReSeFa repository; the tensors are NVIDIA's under different names.

NVIDIA names a layer by its output size and channels; Hammer numbers layers. The sizes follow from the filters: an upsampling
filter has ``filter_size`` taps per factor of upsampling, and the first layer does not upsample.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from resefa.checkpoints.families.stylegan3 import PUBLISHED, schedule, stylegan3_record
from resefa.checkpoints.formats.renaming import Renaming
from resefa.checkpoints.record import CheckpointRecord, Source
from resefa.checkpoints.tensor_checks import number_in
from resefa.errors import ModelError, parameter

_EARLY = "synthesis.early_layer"
_RESOLUTIONS = tuple(8 << i for i in range(9))


def recognises(keys: Mapping[str, Tensor]) -> bool:
    return f"{_EARLY}.frequency" in keys and "synthesis.layer0.conv.style.weight" in keys


def stylegan3(names: Renaming, settings: Mapping[str, Any] | None, source: Source) -> CheckpointRecord:
    """Record of a generator with Hammer's tensor names.

    Args:
        settings: those of ``stylegan3_record``, and ``resolution`` for a file without filters.

    Raises:
        ModelError: a tensor is missing, unexpected or of a different shape, or the resolution is neither stated nor implied.
    """
    settings = dict(settings or {})
    count = len(names.indices(r"synthesis\.layer(\d+)\."))
    sizes = _sizes(names, count, settings)
    for i in names.indices(r"mapping\.dense(\d+)\."):
        for part in ("weight", "bias"):
            names.take(f"mapping.dense{i}.{part}", f"mapping.fc{i}.{part}")
    for part in ("weight", "bias") if "mapping.embedding.weight" in names.left else ():
        names.take(f"mapping.embedding.{part}", f"mapping.embed.{part}")
    names.take("w_avg", "mapping.w_avg")
    early = {
        "weight": "weight",
        "affine.weight": "affine.weight",
        "affine.bias": "affine.bias",
        "transform": "transform",
    }
    for theirs, ours in (early | {"frequency": "freqs", "phase": "phases"}).items():
        names.take(f"{_EARLY}.{theirs}", f"synthesis.input.{ours}")
    names.left.pop(f"{_EARLY}.grid", None)  # computed from the sizes
    parts = {"conv.weight": "weight", "filter.bias": "bias", "conv.style.weight": "affine.weight",
             "conv.style.bias": "affine.bias", "magnitude_ema": "magnitude_ema"}  # fmt: skip
    for i, size in enumerate(sizes):
        theirs = f"synthesis.layer{i}"
        weight = names.left.get(f"{theirs}.conv.weight")
        ours = f"synthesis.L{i}_{size}_{weight.shape[0] if weight is not None and weight.ndim else 0}"
        for part, target in parts.items():
            names.take(f"{theirs}.{part}", f"{ours}.{target}")
        for part in ("up_filter", "down_filter"):
            if f"{theirs}.filter.{part}" in names.left:
                names.take(f"{theirs}.filter.{part}", f"{ours}.{part}")
    settings.pop("resolution", None)
    return names.record(stylegan3_record, settings, source)


def _sizes(names: Renaming, count: int, settings: Mapping[str, Any]) -> list[int]:
    """Side length of each layer's output; the last entry is the image's.

    Raises:
        ModelError: neither filters nor a setting give the resolution.
    """
    chosen = {**PUBLISHED, **settings}
    margin = int(number_in(chosen, "margin_size", 10, names.name))
    stated = settings.get("resolution")
    if stated is not None and stated not in _RESOLUTIONS:
        raise ModelError(
            f"{names.name}: the setting resolution is {stated!r}; give a power of 2 from {_RESOLUTIONS[0]} to 2048."
        )
    rates = _rates(names, count, margin)
    if rates and stated not in (None, rates[-1]):
        raise ModelError(
            f"{names.name}: the setting resolution is {stated}, but the filters in the file make images of {rates[-1]} pixels."
        )
    if not rates:
        if stated is None:
            raise ModelError(
                f"{names.name} is a StyleGAN3 checkpoint without filters, so its resolution cannot be inferred. Give it, for example with "
                f"{parameter('settings', {'resolution': 512})}."
            )
        return [signal.size for signal in schedule([0] * (count - 1) + [stated], chosen)]
    # The last two layers have no margin.
    return [rate + 2 * margin for rate in rates[:-2]] + [rates[-1]] * 2


def _rates(names: Renaming, count: int, margin: int) -> list[int]:
    """Output sampling rate of each layer, or an empty list if a filter is missing.

    Raises:
        ModelError: the filters do not belong to a StyleGAN3.
    """
    filters = [names.left.get(f"synthesis.layer{i}.filter.up_filter") for i in range(count - 1)]
    grid = names.left.get(f"{_EARLY}.grid")
    if count < 3 or any(taps is None or taps.ndim != 1 for taps in filters) or grid is None or grid.ndim != 4:
        return []
    lengths = [len(taps) for taps in filters if taps is not None]
    # The first layer does not upsample, so its filter has the length of all filters without upsampling.
    factors = [length / lengths[0] for length in lengths]
    rate, rates = grid.shape[1] - 2 * margin, []
    for factor in factors:
        if rate < 1 or factor not in (1, 2, 4, 8) or rate * factor > _RESOLUTIONS[-1]:
            raise ModelError(
                f"{names.name}: its upsampling filters have {lengths[:16]} taps, which is impossible in StyleGAN3: download the file again."
            )
        rate = int(rate * factor)
        rates.append(rate)
    return [*rates, rates[-1]]
