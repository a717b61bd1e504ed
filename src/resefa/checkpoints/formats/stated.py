"""Attributes of a pickled NVIDIA module, checked against the network built from its tensors.

Tensors reveal widths and depths, but not activations, gains, clamps or rates. NVIDIA's modules store these as attributes.
Every attribute present must have the supported value, so that a fork with another activation is refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any

import numpy as np

from resefa.checkpoints.formats.modules import attributes
from resefa.checkpoints.record import CheckpointRecord
from resefa.errors import ModelError, printable

_MOST_MODULES = 1000
_LR_GAIN = math.sqrt(2)
Expected = Mapping[str, Any]


_KNOWN = frozenset({
    "z_dim", "c_dim", "w_dim", "img_resolution", "img_channels", "mapping_kwargs", "synthesis_kwargs",
    "num_layers", "embed_features", "layer_features", "activation", "lr_multiplier", "w_avg_beta", "channel_base",
    "channel_max", "num_fp16_res", "architecture", "resample_filter", "conv_clamp", "use_noise",
    "fp16_channels_last", "fused_modconv_default", "num_critical", "first_cutoff", "first_stopband",
    "last_stopband_rel", "margin_size", "output_scale", "conv_kernel", "filter_size", "lrelu_upsampling",
    "use_radial_filters", "magnitude_ema_beta", "class_name",
})  # fmt: skip
"""Known arguments of NVIDIA's generators; those that affect images are checked here or read by the family's reader."""


def check_module(module: Any, record: CheckpointRecord, name: str) -> tuple[str, ...]:
    """Refuse a module whose attributes differ from the record's network; returns notes on unknown arguments.

    Raises:
        ModelError: an attribute differs; the message names it, its value and the supported value.
    """
    expect = _EXPECT.get(record.family)
    if expect is None:
        return ()
    for path, state in _modules(module, "", count(1)):
        for key, wanted in expect(path, record.config).items():
            if key in state and not _same(state[key], wanted):
                where = f"{path}.{key}".lstrip(".")
                raise ModelError(
                    f"{name} has {printable(where)} = {_shown(state[key])}, but only {_shown(wanted)} is supported."
                )
    given = (attributes(module) or {}).get("_init_kwargs")
    unknown = sorted(set(_arguments(given)) - _KNOWN)
    return (f"unknown settings were ignored: {', '.join(unknown[:8])}",) if unknown else ()


def _arguments(given: Any) -> Iterator[str]:
    """Names of a constructor's arguments, including those of nested parts."""
    for key, value in given.items() if isinstance(given, Mapping) else ():
        if isinstance(key, str):
            yield printable(key, 40)
            if key in ("mapping_kwargs", "synthesis_kwargs"):
                yield from (
                    (printable(inner, 40) for inner in value if isinstance(inner, str))
                    if isinstance(value, Mapping)
                    else ()
                )


def _modules(module: Any, path: str, met: Iterator[int]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Dotted path and attributes of a module and all inner modules."""
    state = attributes(module)
    if state is None or next(met) > _MOST_MODULES or len(path) > 200:
        return
    yield path, state
    children = state.get("_modules")
    for key, child in children.items() if isinstance(children, Mapping) else ():
        if isinstance(key, str):
            yield from _modules(child, f"{path}.{key}".lstrip("."), met)


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(found, np.ndarray) and found.size <= 4:
        # Sizes of StyleGAN3 are [width, height].
        return all(_same(each, wanted) for each in found.flatten().tolist())
    if isinstance(found, np.generic):
        found = found.item()
    if isinstance(wanted, bool) or isinstance(found, bool) or wanted is None or isinstance(wanted, str):
        return type(found) is type(wanted) and found == wanted
    if not isinstance(found, (int, float)):
        # Forks store other objects under these names; values that cannot be compared are ignored.
        return found is not None and not isinstance(found, str)
    return math.isclose(found, wanted, rel_tol=1e-5, abs_tol=1e-9)


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return repr(printable(value, 40)) if isinstance(value, str) else printable(value, 60)


def _generator(config: Expected, resolution: int | None) -> dict[str, Any]:
    sizes = {
        "z_dim": config["z_dim"],
        "c_dim": config["label_dim"],
        "w_dim": config["w_dim"],
        "img_channels": config["channels"],
    }
    return sizes | ({} if resolution is None else {"img_resolution": resolution})


def _dense(path: str, config: Expected) -> dict[str, Any]:
    """Attributes that mapping layers and affine maps must have."""
    if re.fullmatch(r"mapping\.fc\d+", path):
        return {"activation": "lrelu", "bias_gain": config["lr_multiplier"]}
    if path == "mapping.embed" or path.endswith(".affine"):
        return {"activation": "linear", "bias_gain": 1}
    return {}


def _mapping(config: Expected, depth: int) -> dict[str, Any]:
    return {"z_dim": config["z_dim"], "c_dim": config["label_dim"], "w_dim": config["w_dim"], "num_layers": depth}


def _stylegan2(path: str, config: Expected) -> dict[str, Any]:
    square = config["const"] == [4, 4]
    if path in ("", "synthesis"):
        found = _generator(config, 4 << (len(config["blocks"]) - 1) if square else None)
        return found if path == "" else {key: found[key] for key in found if key not in ("z_dim", "c_dim")}
    if path == "mapping":
        return _mapping(config, len(config["mapping_widths"]))
    if found := re.fullmatch(r"synthesis\.b(\d+)(?:\.(conv0|conv1|torgb))?", path):
        if found[2] is None:
            # A single block is the same in all architectures.
            return {"architecture": config["architecture"]} if len(config["blocks"]) > 1 else {}
        clamp = {"conv_clamp": config["conv_clamp"]}
        if found[2] == "torgb":
            return clamp
        return clamp | {
            "activation": "lrelu",
            "act_gain": _LR_GAIN,
            "use_noise": config["noise"],
            "up": 2 if found[2] == "conv0" else 1,
            "padding": 1,
        }
    return _dense(path, config)


def _stylegan3(path: str, config: Expected) -> dict[str, Any]:
    if path == "":
        return _generator(config, config["resolution"])
    if path == "mapping":
        return _mapping(config, config["mapping_layers"])
    if path == "synthesis":
        layers = len(config["layers"]) - 1
        return {"w_dim": config["w_dim"], "img_resolution": config["resolution"], "img_channels": config["channels"],
                "output_scale": config["output_scale"], "num_layers": layers}  # fmt: skip
    if path == "synthesis.input":
        given = config["input"]
        return {"size": given["size"], "sampling_rate": given["rate"], "bandwidth": given["bandwidth"]}
    for i, layer in enumerate(config["layers"]):
        if path == f"synthesis.{layer['name']}":
            last = i == len(config["layers"]) - 1
            return {"conv_clamp": config["conv_clamp"], "is_torgb": last, "up_factor": layer["up"], "down_factor": layer["down"],
                    "in_size": layer["size"], "out_size": layer["output_size"], "in_cutoff": layer["cutoff"],
                    "out_cutoff": layer["output_cutoff"], "in_half_width": layer["half_width"],
                    "out_half_width": layer["output_half_width"], "tmp_sampling_rate": layer["fine_rate"]}  # fmt: skip
    return _dense(path, config)


_EXPECT: Mapping[str, Callable[[str, Expected], dict[str, Any]]] = {"stylegan2": _stylegan2, "stylegan3": _stylegan3}
