"""What a pickled chain of transposed convolutions states beside its tensors: strides, paddings and activations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from resefa.checkpoints.formats.modules import attributes, children
from resefa.errors import ModelError, printable
from resefa.pickles import Unbuilt

_CONVOLUTION = "ConvTranspose2d"
_LAST = {"Tanh": "tanh", "Sigmoid": "sigmoid"}
_PASSED = frozenset({"Dropout", "Dropout2d", "Identity", "Flatten", "Unflatten", "Sequential", "ModuleList"})
_NUMBERS = {"stride": "strides", "padding": "paddings", "output_padding": "output_paddings"}
_MOST = 1000


def chain_settings(module: Any, name: str) -> dict[str, Any]:
    """Settings as ``dcgan_record`` takes them; none of what the module does not state.

    Raises:
        ModelError: it states a layer that is not built.
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
                raise ModelError(f"{name} has a transposed convolution with {key} {given}; only 1 is supported.")
    slopes = set()
    for kind, state in layers:
        if kind == "BatchNorm2d" and state.get("eps", 1e-5) != 1e-5:
            raise ModelError(f"{name} has a batch norm with eps {printable(state['eps'])}; only 1e-05 is supported.")
        if kind in ("ReLU", "LeakyReLU"):
            slopes.add(state.get("negative_slope", 0.0) if kind == "LeakyReLU" else 0.0)
        elif kind in _LAST:
            settings["last_activation"] = _LAST[kind]
        elif kind not in (_CONVOLUTION, "BatchNorm2d", *_PASSED):
            raise ModelError(
                f"{name} has a layer {printable(kind, 40)}, which resefa's DCGAN does not support; use resefa.wrap."
            )
    if len(slopes) > 1:
        raise ModelError(
            f"{name} has activations with several slopes, but only one slope for all layers is supported; use resefa.wrap."
        )
    if slopes:
        settings["negative_slope"] = slopes.pop()
    return settings


def _layers(module: Any, met: int = 0) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Class and attributes of torch's own layers, in order; the class is "" for modules of other packages."""
    waiting = [module]
    while waiting and met < _MOST:
        met += 1
        current = waiting.pop()
        kind = current.type_name if isinstance(current, Unbuilt) else ""
        yield (kind.rpartition(".")[2] if kind.startswith("torch.nn.modules.") else "", attributes(current) or {})
        waiting += [child for _, child in reversed(children(current))]


def _number(value: Any, name: str, key: str) -> int | None:
    """A whole number, or one of both axes."""
    values = (
        set(value) if isinstance(value, (list, tuple)) and all(isinstance(each, int) for each in value) else {value}
    )
    if len(values) > 1:
        raise ModelError(
            f"{name} has a transposed convolution with {key} {printable(value, 40)}; only one number for both axes is supported."
        )
    found = next(iter(values), None)
    return found if isinstance(found, int) and not isinstance(found, bool) else None
