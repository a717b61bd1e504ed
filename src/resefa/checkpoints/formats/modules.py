"""Whole modules that were pickled, NVIDIA's or plain torch's: their state dict and settings, read off their attributes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from torch import Tensor

from resefa.errors import ModelError, printable
from resefa.pickles import NvidiaModule, Unbuilt

_MOST_TENSORS = 100_000
"""Of a module. One module within two, those within two more... names without end in a small file."""
_MOST_LAYERS = 100


def attributes(value: Any) -> Mapping[str, Any] | None:
    """The attributes of a pickled ``torch.nn.Module``, or None where it is none."""
    state = value.state if isinstance(value, (NvidiaModule, Unbuilt)) else None
    return state if isinstance(state, Mapping) and "_parameters" in state and "_modules" in state else None


def state_dict(module: Any) -> dict[str, Tensor]:
    """What ``module.state_dict()`` would give: parameters and persistent buffers by dotted name.

    Raises:
        ModelError: there are more modules or tensors than any network has.
    """
    return dict(_tensors(module, "", count(1)))


def _tensors(module: Any, prefix: str, met: Iterator[int]) -> Iterator[tuple[str, Tensor]]:
    if next(met) > _MOST_TENSORS or len(prefix) > 1000:
        raise ModelError(f"a module within it, {printable(prefix, 60)}, holds parts without end: no network does.")
    state = attributes(module) or {}
    passing = state.get("_non_persistent_buffers_set") or ()
    for kind in ("_parameters", "_buffers"):
        for key, value in _items(state.get(kind)):
            if isinstance(value, Tensor) and not (kind == "_buffers" and key in passing):
                next(met)
                yield prefix + key, value
    for key, child in _items(state.get("_modules")):
        yield from _tensors(child, f"{prefix}{key}.", met)


def _items(value: Any) -> list[tuple[str, Any]]:
    return [(key, item) for key, item in value.items() if isinstance(key, str)] if isinstance(value, Mapping) else []


def child(module: Any, path: str) -> Mapping[str, Any]:
    """The attributes of a module within, by dotted path; empty where there is none."""
    for part in path.split("."):
        module = dict(_items((attributes(module) or {}).get("_modules"))).get(part)
    return attributes(module) or {}


def settings_of(module: Any) -> dict[str, Any]:
    """What the tensors do not tell: the constructor's arguments, and what the layers themselves were made with.

    The layers win: defaults of ``conv_clamp`` changed between NVIDIA's releases, and only the layers tell which held.
    """
    state = attributes(module) or {}
    settings: dict[str, Any] = {}
    given = dict(_items(state.get("_init_kwargs")))
    for key in ("synthesis_kwargs", "mapping_kwargs"):
        settings |= dict(_items(given.pop(key, None)))
    settings |= {key: value for key, value in given.items() if key not in ("class_name",)}
    synthesis, dense = child(module, "synthesis"), child(module, "mapping.fc0")
    settings |= {key: synthesis[key] for key in ("num_critical", "margin_size", "output_scale") if key in synthesis}
    named = [key for key, _ in _items(synthesis.get("_modules"))[:_MOST_LAYERS]]
    layers = [child(module, f"synthesis.{key}") for key in named if key.count(".") < 9]
    layers += [child(module, f"synthesis.{key}.conv1") for key in named if key.count(".") < 9]
    for layer in layers:
        if "conv_clamp" in layer:
            settings["conv_clamp"] = layer["conv_clamp"]
            break
    for layer in layers:
        if isinstance(layer.get("activation"), str):
            settings["activation"] = layer["activation"]
            break
    if isinstance(dense.get("bias_gain"), (int, float)):
        settings["lr_multiplier"] = float(dense["bias_gain"])
    return settings


def children(module: Any) -> list[tuple[str, Any]]:
    """The modules directly within a module, by name."""
    return _items((attributes(module) or {}).get("_modules"))
