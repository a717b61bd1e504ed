"""A network of NVIDIA's TensorFlow code (``dnnlib.tflib.network.Network``, ProGAN's ``tfutil.Network``) as plain data.

What such an object pickles is a dict: ``version`` (2 ProGAN, 3 StyleGAN1, 4 StyleGAN2, 5 StyleGAN2-ADA), ``name``,
``static_kwargs`` of the function that builds it, that function's source code (never looked at here), ``variables`` as
pairs (name, array), and from version 3 on ``components``: the mapping and the synthesis, networks of their own.
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
"""No network of these has more: a file that claims so is no such network, or means harm."""
_ITEMS = 16


@dataclass(frozen=True)
class TFNetwork:
    """Everything of one network that is read.

    Attributes:
        version: of the pickle's layout; 1 for ProGAN's Theano code, which wrote none.
        kwargs: the settings that it was built with, plain values only.
        variables: by name, those of components with their component's key in front: ``synthesis/4x4/Const/const``.
            Floating-point arrays in this machine's byte order.
    """

    name: str
    version: int
    kwargs: Mapping[str, Any]
    variables: Mapping[str, np.ndarray]


def flattened(state: Any) -> TFNetwork:
    """The network of a pickled state; components are such states too, or objects that hold theirs as ``.state``.

    Raises:
        ModelError: the state is not laid out as NVIDIA's code does it.
    """
    inner = _inner(state)
    fields = as_tensorflow(inner) if isinstance(inner, Mapping) and is_theano(inner) else _fields(inner, "The network")
    version = fields["version"]
    if not isinstance(version, int) or isinstance(version, bool) or (version not in _VERSIONS and fields is inner):
        raise ModelError(
            f"A TensorFlow network of version {shown(version)} was found, but versions 2 to 5 are read: "
            "save it again with NVIDIA's code for ProGAN, StyleGAN1, StyleGAN2 or StyleGAN2-ADA."
        )
    name = fields.get("name")
    if not isinstance(name, str | None):
        raise ModelError(f"A TensorFlow network's name is {shown(name)}, but a string was expected: get the file anew.")
    kwargs = fields.get("static_kwargs", {})
    if not isinstance(kwargs, Mapping) or not all(isinstance(key, str) for key in kwargs):
        raise ModelError(
            "A TensorFlow network's static_kwargs are no mapping of names to values, as was expected: get the file anew."
        )
    variables: dict[str, np.ndarray] = {}
    for key, array in _variables(fields, "", _DEPTH):
        if key in variables:
            raise ModelError(f"A TensorFlow network has the variable {shown(key)} twice: get the file anew.")
        variables[key] = array
        if len(variables) > _VARIABLES:
            raise ModelError(
                f"A TensorFlow network has more than {_VARIABLES} variables: it is no generator of NVIDIA's."
            )
    return TFNetwork(shown(name or ""), version, {key: _plain(value) for key, value in kwargs.items()}, variables)


def shown(value: Any) -> str:
    """What a file holds, short and printable: names in a file may carry control characters for the terminal."""
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
            f"{what} is no pickled TensorFlow network: a mapping with version, static_kwargs and variables was expected."
        )
    return fields


def _variables(fields: Mapping[str, Any], prefix: str, depth: int) -> Iterator[tuple[str, np.ndarray]]:
    """Its own, then its components'."""
    pairs = fields["variables"]
    if not isinstance(pairs, list | tuple):
        raise ModelError(
            f"A TensorFlow network's variables are {shown(pairs)}, but a list of names and arrays was expected."
        )
    for pair in pairs:
        if not isinstance(pair, list | tuple) or len(pair) != 2 or not isinstance(pair[0], str):
            raise ModelError(
                "A TensorFlow network's variables are not all pairs of a name and an array: get the file anew."
            )
        yield _named(prefix + pair[0]), _array(pair[1], prefix + pair[0])
    components = fields.get("components")
    components = {} if components is None else components
    if not isinstance(components, Mapping) or len(components) > _COMPONENTS or (components and not depth):
        raise ModelError("A TensorFlow network's components are no small mapping of networks: get the file anew.")
    for name, component in components.items():
        if not isinstance(name, str):
            raise ModelError(f"A TensorFlow network has a component called {shown(name)}: a string was expected.")
        inner = _fields(component, f"The component {shown(prefix + name)}")
        yield from _variables(inner, f"{prefix}{name}/", depth - 1)


def _named(name: str) -> str:
    """TensorFlow's own lists of variables put the component's name in front (G_synthesis), not its key (synthesis)."""
    head, slash, rest = name.partition("/")
    return head.removeprefix("G_") + slash + rest if head in ("G_synthesis", "G_mapping") else name


def _array(value: Any, name: str) -> np.ndarray:
    """Variables without axes come out of TensorFlow as NumPy scalars."""
    if isinstance(value, np.ndarray | np.floating | np.integer | float):
        array = np.asarray(value)
        if array.ndim == 0 and array.dtype.kind in "iu":
            array = array.astype(np.float32)
        if array.dtype.kind == "f" and array.dtype.itemsize <= 8:
            return array.astype(array.dtype.newbyteorder("="), copy=False)
    raise ModelError(
        f"The TensorFlow variable {shown(name)} is no array of floating-point numbers, as was expected: get the file anew."
    )


def _plain(value: Any, depth: int = 2) -> Any:
    """NumPy's scalars and small arrays as Python's; what is no plain value, or not printable, as ``shown``."""
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
