"""State dict and settings from the attributes of a pickled module, NVIDIA's or plain torch's.

``chain_settings`` reads strides, paddings and activations of a pickled chain of transposed convolutions (DCGAN).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from torch import Tensor

from resefa.errors import ModelError, printable
from resefa.pickles import NvidiaModule, Unbuilt

_MOST_TENSORS = 100_000
"""Most modules of a network; shared modules in a hostile file could repeat without end."""
_MOST_LAYERS = 100


def attributes(value: Any) -> Mapping[str, Any] | None:
    """Attributes of a pickled ``torch.nn.Module``, or None for another object."""
    state = value.state if isinstance(value, (NvidiaModule, Unbuilt)) else None
    return state if isinstance(state, Mapping) and "_parameters" in state and "_modules" in state else None


def state_dict(module: Any) -> dict[str, Tensor]:
    """Parameters and persistent buffers by dotted name, as ``module.state_dict()`` returns them.

    Raises:
        ModelError: more modules or tensors than any network has.
    """
    return dict(_tensors(module, "", count(1)))


def _tensors(module: Any, prefix: str, met: Iterator[int]) -> Iterator[tuple[str, Tensor]]:
    if next(met) > _MOST_TENSORS or len(prefix) > 1000:
        raise ModelError(
            f"the pickled module {printable(prefix, 60)} has more tensors, or deeper nesting, than any supported network."
        )
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
    """Attributes of an inner module by dotted path; empty if missing."""
    for part in path.split("."):
        module = dict(_items((attributes(module) or {}).get("_modules"))).get(part)
    return attributes(module) or {}


def settings_of(module: Any) -> dict[str, Any]:
    """Settings that the tensors do not reveal: arguments of the constructor, overridden by attributes of the layers.

    The default of ``conv_clamp`` changed between NVIDIA's releases, and only the layers reveal its value.
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
    """Direct children of a module by name."""
    return _items((attributes(module) or {}).get("_modules"))


_CONVOLUTION = "ConvTranspose2d"
_LAST = {"Tanh": "tanh", "Sigmoid": "sigmoid"}
_PASSED = frozenset({"Dropout", "Dropout2d", "Identity", "Flatten", "Unflatten", "Sequential", "ModuleList"})
_NUMBERS = {"stride": "strides", "padding": "paddings", "output_padding": "output_paddings"}
_MOST = 1000


def chain_settings(module: Any, name: str) -> dict[str, Any]:
    """Settings for ``dcgan_record``, from the attributes of the module's layers.

    Raises:
        ModelError: the module has an unsupported layer.
    """
    layers = [(kind, state) for kind, state in _layers(module) if kind]
    convolutions = [state for kind, state in layers if kind == _CONVOLUTION]
    settings: dict[str, Any] = {}
    for theirs, ours in _NUMBERS.items():
        found = [_number(state.get(theirs), name, theirs) for state in convolutions]
        if found and None not in found:
            settings[ours] = found
    for state in convolutions:
        for key in ("dilation", "groups"):
            if (given := _number(state.get(key), name, key)) not in (None, 1):
                raise ModelError(f"{name} has a transposed convolution with {key}={given}; only {key}=1 is supported.")
    slopes = set()
    for kind, state in layers:
        if kind == "BatchNorm2d" and state.get("eps", 1e-5) != 1e-5:
            raise ModelError(
                f"{name} has a batch norm with eps={printable(state['eps'])}; only eps=1e-05 is supported."
            )
        if kind in ("ReLU", "LeakyReLU"):
            slopes.add(state.get("negative_slope", 0.0) if kind == "LeakyReLU" else 0.0)
        elif kind in _LAST:
            settings["last_activation"] = _LAST[kind]
        elif kind not in (_CONVOLUTION, "BatchNorm2d", *_PASSED):
            raise ModelError(
                f"{name} has a layer of class {printable(kind, 40)}, which resefa's DCGAN does not support; build the network in Python and use resefa.wrap."
            )
    if len(slopes) > 1:
        raise ModelError(
            f"{name} has activations with several slopes, but all layers must have the same slope; build the network in Python and use resefa.wrap."
        )
    if slopes:
        settings["negative_slope"] = slopes.pop()
    return settings


def _layers(module: Any, met: int = 0) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Class and attributes of torch's layers in order; the class is "" for modules of other packages."""
    waiting = [module]
    while waiting and met < _MOST:
        met += 1
        current = waiting.pop()
        kind = current.type_name if isinstance(current, Unbuilt) else ""
        yield (kind.rpartition(".")[2] if kind.startswith("torch.nn.modules.") else "", attributes(current) or {})
        waiting += [child for _, child in reversed(children(current))]


def _number(value: Any, name: str, key: str) -> int | None:
    """Whole number, given directly or as a pair of equal numbers for the two axes."""
    values: list[Any] = list(value) if isinstance(value, list | tuple) else [value]
    if not all(isinstance(each, int) and not isinstance(each, bool) for each in values):
        return None
    if len(set(values)) > 1:
        raise ModelError(
            f"{name} has a transposed convolution with {key}={printable(value, 40)}; only equal values for both axes are supported."
        )
    return values[0] if values else None
