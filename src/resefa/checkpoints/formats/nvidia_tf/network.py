"""A network of NVIDIA's TensorFlow code (``dnnlib.tflib.network.Network``, ProGAN's ``tfutil.Network``) as plain data.

The pickled state is a dict: ``version`` (2 ProGAN, 3 StyleGAN1, 4 StyleGAN2, 5 StyleGAN2-ADA), ``name``,
``static_kwargs`` of the function that builds it, that function's source code (ignored here), ``variables`` as
pairs (name, array), and from version 3 on ``components``: the mapping and the synthesis, each a network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from resefa.checkpoints.formats.nvidia_tf.theano import as_tensorflow, is_theano
from resefa.errors import ModelError

_VERSIONS = range(2, 6)
_DEPTH = 3
_COMPONENTS = 16
_VARIABLES = 4096
"""Most variables of a network; a file with more is not a generator, or hostile."""
_ITEMS = 16


@dataclass(frozen=True)
class TFNetwork:
    """Name, version, settings and variables of one TensorFlow network.

    Attributes:
        version: version of the pickle's layout; 1 for ProGAN's Theano code, which wrote none.
        kwargs: settings of the network, plain values only.
        variables: arrays by name, those of components with the component's key as prefix: ``synthesis/4x4/Const/const``.
            Floating-point arrays in this machine's byte order.
    """

    name: str
    version: int
    kwargs: Mapping[str, Any]
    variables: Mapping[str, np.ndarray]


def flattened(state: Any) -> TFNetwork:
    """Network of a pickled state; components are states too, or objects with a ``.state``.

    Raises:
        ModelError: the state does not have the layout of NVIDIA's code.
    """
    inner = _inner(state)
    fields = as_tensorflow(inner) if isinstance(inner, Mapping) and is_theano(inner) else _fields(inner, "The network")
    version = fields["version"]
    if not isinstance(version, int) or isinstance(version, bool) or (version not in _VERSIONS and fields is inner):
        raise ModelError(
            f"The TensorFlow network has version {shown(version)}, but only versions 2 to 5 are supported: "
            "save it again with NVIDIA's code for ProGAN, StyleGAN1, StyleGAN2 or StyleGAN2-ADA."
        )
    name = fields.get("name")
    if not isinstance(name, str | None):
        raise ModelError(f"The name of a TensorFlow network is {shown(name)}, not a string: download the file again.")
    kwargs = fields.get("static_kwargs", {})
    if not isinstance(kwargs, Mapping) or not all(isinstance(key, str) for key in kwargs):
        raise ModelError(
            "The static_kwargs of a TensorFlow network are not a mapping of names to values: download the file again."
        )
    variables: dict[str, np.ndarray] = {}
    for key, array in _variables(fields, "", _DEPTH):
        if key in variables:
            raise ModelError(f"A TensorFlow network has the variable {shown(key)} twice: download the file again.")
        variables[key] = array
        if len(variables) > _VARIABLES:
            raise ModelError(
                f"A TensorFlow network has more than {_VARIABLES} variables: it is not a generator of NVIDIA's."
            )
    return TFNetwork(shown(name or ""), version, {key: _plain(value) for key, value in kwargs.items()}, variables)


def shown(value: Any) -> str:
    """Short printable text of a value from a file, which may contain control characters for the terminal."""
    if not isinstance(value, str | int | float | None):
        return f"of type {type(value).__name__}"
    if isinstance(value, int) and value.bit_length() > 64:
        return "a huge number"
    text = str(value)[:200]
    return text if text.isprintable() else ascii(text)


def _inner(state: Any) -> Any:
    return state if isinstance(state, Mapping) else getattr(state, "state", state)


def _fields(state: Any, what: str) -> Mapping[str, Any]:
    fields = _inner(state)
    if not isinstance(fields, Mapping) or not {"version", "variables"} <= set(fields):
        raise ModelError(
            f"{what} is not a pickled TensorFlow network: expected a mapping with version, static_kwargs and variables."
        )
    return fields


def _variables(fields: Mapping[str, Any], prefix: str, depth: int) -> Iterator[tuple[str, np.ndarray]]:
    """Variables of the network, then those of its components."""
    pairs = fields["variables"]
    if not isinstance(pairs, list | tuple):
        raise ModelError(
            f"The variables of a TensorFlow network are {shown(pairs)}; expected a list of (name, array) pairs: download the file again."
        )
    for pair in pairs:
        if not isinstance(pair, list | tuple) or len(pair) != 2 or not isinstance(pair[0], str):
            raise ModelError(
                "A TensorFlow network's variables are not all pairs of a name and an array: download the file again."
            )
        yield _named(prefix + pair[0]), _array(pair[1], prefix + pair[0])
    components = fields.get("components")
    components = {} if components is None else components
    if not isinstance(components, Mapping) or len(components) > _COMPONENTS or (components and not depth):
        raise ModelError(
            "The components of a TensorFlow network are not a mapping, or are too many: download the file again."
        )
    for name, component in components.items():
        if not isinstance(name, str):
            raise ModelError(
                f"A TensorFlow network has a component with the name {shown(name)}; expected a string: download the file again."
            )
        inner = _fields(component, f"The component {shown(prefix + name)}")
        yield from _variables(inner, f"{prefix}{name}/", depth - 1)


def _named(name: str) -> str:
    """Variable name without its prefix, the component's name in TensorFlow (G_synthesis) rather than its key (synthesis)."""
    head, slash, rest = name.partition("/")
    return head.removeprefix("G_") + slash + rest if head in ("G_synthesis", "G_mapping") else name


def _array(value: Any, name: str) -> np.ndarray:
    """Variable as an array; TensorFlow saves variables without axes as NumPy scalars."""
    if isinstance(value, np.ndarray | np.floating | np.integer | float):
        array = np.asarray(value)
        if array.ndim == 0 and array.dtype.kind in "iu":
            array = array.astype(np.float32)
        if array.dtype.kind == "f" and array.dtype.itemsize <= 8:
            return array.astype(array.dtype.newbyteorder("="), copy=False)
    raise ModelError(
        f"The TensorFlow variable {shown(name)} is not an array of floating-point numbers: download the file again."
    )


def _plain(value: Any, depth: int = 2) -> Any:
    """Plain Python value of a setting; other objects become their ``shown`` text."""
    if isinstance(value, np.ndarray) and value.size <= _ITEMS:
        value = value.tolist()
    elif isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool | float | None):
        return value
    if isinstance(value, int) and value.bit_length() <= 64:
        return int(value)
    if depth and isinstance(value, list | tuple) and len(value) <= _ITEMS:
        return [_plain(item, depth - 1) for item in value]
    return shown(value)
