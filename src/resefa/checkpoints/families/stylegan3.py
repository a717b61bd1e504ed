"""StyleGAN3 checkpoints under the tensor names of NVIDIA's PyTorch pickles (``G_ema``): configurations T and R, any size.

Rates, cutoffs and sizes of the layers follow the geometric schedule of the paper (section 3.2, appendix C and D): cutoffs
and stopbands grow geometrically up to the last layer's, which the ``num_critical`` last layers share; a rate is the smallest
power of two of at least twice the stopband, at most the image's resolution.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from resefa.checkpoints.record import CheckpointRecord, Source
from resefa.checkpoints.tensor_checks import check_claims, number_in, placed, shape_of
from resefa.errors import ModelError

_FAMILY = "StyleGAN3"
_LAYER = re.compile(r"synthesis\.(L([0-9]{1,5})_([0-9]{1,5})_([0-9]{1,5}))\.")
_MOST_LAYERS = 64

PUBLISHED: Mapping[str, Any] = {
    "lr_multiplier": 0.01,
    "num_critical": 2,
    "first_cutoff": 2,
    "first_stopband": 2**2.1,
    "last_stopband_rel": 2**0.3,
    "margin_size": 10,
    "filter_size": 6,
    "lrelu_upsampling": 2,
    "conv_clamp": 256,
    "output_scale": 0.25,
    "use_radial_filters": None,
}
"""Published values of settings that tensors do not reveal. Radial filters: as stored, else if the kernels are 1 x 1 (R)."""


def recognises(tensors: Mapping[str, Tensor]) -> bool:
    """Whether the tensors have the names of a StyleGAN3 generator."""
    return "synthesis.input.freqs" in tensors and any(_LAYER.match(key) for key in tensors)


def stylegan3_record(
    tensors: Mapping[str, Tensor], name: str, settings: Mapping[str, Any] | None = None
) -> CheckpointRecord:
    """Infer widths, depths, kernels, filters and sizes from the tensors; every tensor must be used.

    Filters stored in the checkpoint are used; without stored filters the network designs them.

    Args:
        settings: those of the generator's ``init_kwargs`` that differ from the published values: ``conv_clamp``,
            ``output_scale``, ``margin_size``... ; ``mapping_kwargs`` may hold ``lr_multiplier``. Others are ignored.

    Raises:
        ModelError: a tensor is missing, unexpected or of a different shape, or sizes do not follow the schedule.
    """
    tensors, notes = _with_transform(tensors)
    given = dict(settings or {})
    for key in ("mapping_kwargs", "synthesis_kwargs"):
        inner = given.pop(key, {})
        given = (dict(inner) if isinstance(inner, Mapping) else {}) | given
    chosen = {key: _setting(given, key, default, name) for key, default in PUBLISHED.items()}
    names = _layer_names(tensors, name)

    def shape(key: str, axes: int) -> tuple[int, ...]:
        return shape_of(tensors, key, name, _FAMILY, axes)

    mapping = [key for key in tensors if re.fullmatch(r"mapping\.fc\d+\.weight", key)]
    w_dim = shape("mapping.w_avg", 1)[0]
    conditional = any(key.startswith("mapping.embed.") for key in tensors)
    label_dim = shape("mapping.embed.weight", 2)[1] if conditional else 0
    z_dim = shape("mapping.fc0.weight", 2)[1] - (w_dim if label_dim else 0)
    channels = shape("synthesis.input.freqs", 2)[0]
    sizes = [int(found.split("_")[1]) for found in names]
    if "margin_size" not in given and len(sizes) > 2:
        chosen["margin_size"] = (sizes[0] - schedule(sizes, chosen)[0].rate) // 2
    if "filter_size" not in given and f"synthesis.{names[0]}.up_filter" in tensors:
        chosen["filter_size"] = shape(f"synthesis.{names[0]}.up_filter", 1)[0] // chosen["lrelu_upsampling"]
    signals = schedule(sizes, chosen)
    if [signal.size for signal in signals] != sizes:
        wanted = [signal.size for signal in signals]
        raise ModelError(
            f"{name}: the layer sizes {sizes} do not follow the published schedule ({wanted}); give the generator's num_critical, first_cutoff, first_stopband, last_stopband_rel and margin_size as settings."
        )
    stored = any(key.endswith("_filter") for key in tensors)
    layers = []
    for i, found in enumerate(names):
        weight = shape(f"synthesis.{found}.weight", 4)
        ends = (signals[max(i - 1, 0)], signals[i])
        critical = i >= len(names) - 1 - chosen["num_critical"]
        layer = {"name": found, "inputs": weight[1], "outputs": weight[0], "kernel": weight[2]}
        layers.append(layer | _rates(ends, chosen, last=i == len(names) - 1))
        radial = chosen["use_radial_filters"]
        down = tensors.get(f"synthesis.{found}.down_filter")
        layers[-1]["radial"] = (
            down.ndim == 2 if down is not None else bool(weight[2] == 1 if radial is None else radial) and not critical
        )
    config = {
        "z_dim": z_dim,
        "w_dim": w_dim,
        "label_dim": label_dim,
        "mapping_layers": len(mapping),
        "lr_multiplier": chosen["lr_multiplier"],
        "resolution": sizes[-1],
        "channels": layers[-1]["outputs"],
        "conv_clamp": chosen["conv_clamp"],
        "output_scale": chosen["output_scale"],
        "stored_filters": stored,
        "input": {
            "channels": channels,
            "size": signals[0].size,
            "rate": signals[0].rate,
            "bandwidth": signals[0].cutoff,
        },
        "layers": layers,
    }
    claimed = {"img_channels": config["channels"], "z_dim": z_dim, "c_dim": label_dim, "w_dim": w_dim}
    claimed |= dict.fromkeys(("img_resolution", "resolution", "image_size"), sizes[-1])
    check_claims(given, claimed, name)
    found = placed(tensors, _expected(config), name, _FAMILY)
    return CheckpointRecord("stylegan3", config, found, Source(notes=notes))


def _with_transform(tensors: Mapping[str, Tensor]) -> tuple[Mapping[str, Tensor], tuple[str, ...]]:
    """Tensors with one ``transform``, (3, 3), for all images, and notes for the user.

    stylegan3-editing saves one transform per image of a batch, or none.
    """
    key = "synthesis.input.transform"
    given = tensors.get(key)
    if given is None and "synthesis.input.weight" in tensors:
        eye = torch.eye(3, dtype=tensors["synthesis.input.weight"].dtype)
        return {**tensors, key: eye}, ("the file has no transform of the input; the identity was used",)
    if given is not None and given.ndim == 3 and len(given) and bool((given == given[:1]).all()):
        return {**tensors, key: given[0]}, ()
    return tensors, ()


def _setting(given: Mapping[str, Any], key: str, default: Any, name: str) -> Any:
    """Value of a setting; ModelError if it is not a number or is out of range for every schedule."""
    if given.get(key, default) is None and key in ("conv_clamp", "use_radial_filters"):
        return None
    found = number_in(given, key, 0 if default is None else default, name)
    least = {
        "first_cutoff": 1e-3,
        "first_stopband": 1e-3,
        "last_stopband_rel": 1e-3,
        "filter_size": 1,
        "lrelu_upsampling": 1,
    }
    if not least.get(key, 0) <= found <= 2**16:
        raise ModelError(
            f"{name}: the setting {key} is {found}; {_FAMILY} needs a value from {least.get(key, 0)} to {2**16}."
        )
    if default in (2, 6, 10) and found != int(found) and key != "first_cutoff":
        raise ModelError(f"{name} has the setting {key} {found}; expected a whole number.")
    return found


def _layer_names(tensors: Mapping[str, Tensor], name: str) -> list[str]:
    found = {int(match[2]): match[1] for key in tensors if (match := _LAYER.match(key))}
    if max(found, default=0) >= _MOST_LAYERS:
        raise ModelError(f"{name} has synthesis.L{max(found)}_*, but a {_FAMILY} has at most {_MOST_LAYERS} layers.")
    missing = sorted(set(range(max(found, default=0) + 1)) - set(found))
    if missing or len(found) < 2:
        raise ModelError(f"{name} lacks synthesis.L{missing[0] if missing else 1}_*: the file is incomplete.")
    return [found[i] for i in sorted(found)]


def _rates(ends: tuple[Signal, Signal], chosen: Mapping[str, Any], last: bool) -> dict[str, Any]:
    """Sizes, factors and filters of one layer, between its input and output signals."""
    taken, put = ends
    fine = max(taken.rate, put.rate) * (1 if last else chosen["lrelu_upsampling"])
    up, down = fine // taken.rate, fine // put.rate
    return {
        "size": taken.size,
        "output_size": put.size,
        "up": up,
        "down": down,
        "up_taps": chosen["filter_size"] * up if up > 1 and not last else 1,
        "down_taps": chosen["filter_size"] * down if down > 1 and not last else 1,
        "fine_rate": fine,
        "cutoff": taken.cutoff,
        "half_width": taken.half_width,
        "output_cutoff": put.cutoff,
        "output_half_width": put.half_width,
    }


def _expected(config: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor of a StyleGAN3 of this configuration."""
    w_dim, label_dim, channels = config["w_dim"], config["label_dim"], config["input"]["channels"]
    shapes: dict[str, tuple[int, ...]] = {"mapping.w_avg": (w_dim,)}
    dense = {f"mapping.fc{i}": (w_dim, w_dim) for i in range(config["mapping_layers"])}
    dense["mapping.fc0"] = (w_dim, config["z_dim"] + (w_dim if label_dim else 0))
    if label_dim:
        dense["mapping.embed"] = (w_dim, label_dim)
    dense["synthesis.input.affine"] = (4, w_dim)
    shapes |= {
        "synthesis.input.weight": (channels, channels),
        "synthesis.input.transform": (3, 3),
        "synthesis.input.freqs": (channels, 2),
        "synthesis.input.phases": (channels,),
    }
    inputs = channels
    for layer in config["layers"]:
        stem, outputs, kernel = f"synthesis.{layer['name']}", layer["outputs"], layer["kernel"]
        dense[f"{stem}.affine"] = (inputs, w_dim)
        shapes |= {
            f"{stem}.weight": (outputs, inputs, kernel, kernel),
            f"{stem}.bias": (outputs,),
            f"{stem}.magnitude_ema": (),
        }
        if config["stored_filters"]:
            up, down = layer["up_taps"], layer["down_taps"]
            shapes |= {f"{stem}.up_filter": (up,)} if up > 1 else {}
            shapes |= {f"{stem}.down_filter": (down, down) if layer["radial"] else (down,)} if down > 1 else {}
        inputs = outputs
    for stem, shape in dense.items():
        shapes |= {f"{stem}.weight": shape, f"{stem}.bias": shape[:1]}
    return shapes


@dataclass(frozen=True)
class Signal:
    """Output signal of one layer: ``rate`` samples per unit length, ``size`` samples per side including margins."""

    rate: int
    cutoff: float
    half_width: float
    size: int


def schedule(sizes: Sequence[int], settings: Mapping[str, Any]) -> list[Signal]:
    """Output signal of each layer, including the last layer, which makes the image.

    Args:
        sizes: output size of each layer, from its name; the last is that of the image. Sizes only decide the rates where
            twice a stopband is a power of two up to rounding.
        settings: ``num_critical``, ``first_cutoff``, ``first_stopband``, ``last_stopband_rel``, ``margin_size``.
    """
    resolution, margin = sizes[-1], settings["margin_size"]
    first_cutoff, first_stopband = settings["first_cutoff"], settings["first_stopband"]
    last_cutoff = resolution / 2
    last_stopband = last_cutoff * settings["last_stopband_rel"]
    last = len(sizes) - 1
    growing = max(last - settings["num_critical"], 1)
    signals = []
    for i, named in enumerate(sizes):
        part = min(i / growing, 1)
        cutoff = first_cutoff * (last_cutoff / first_cutoff) ** part
        stopband = first_stopband * (last_stopband / first_stopband) ** part
        octaves = math.log2(min(stopband * 2, resolution))
        rates = [2 ** math.ceil(octaves + rounding) for rounding in (0, -1e-9, 1e-9)]
        rate = next((rate for rate in rates if rate + 2 * margin == named), rates[0])
        size = resolution if i >= last - 1 else rate + 2 * margin
        signals.append(Signal(rate, cutoff, max(stopband, rate / 2) - cutoff, size))
    return signals
