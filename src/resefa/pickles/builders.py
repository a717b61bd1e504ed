"""Builders of plain data for known globals; every other global stays an inert stand-in.

A builder gets arguments and state that are already plain data and assembles them; no builder imports or calls by name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from resefa.pickles import arrays
from resefa.pickles.names import DATA, MAPPING, NVIDIA_MODULE, NVIDIA_NETWORK, SEQUENCE
from resefa.pickles.objects import LOAD_FROM_BYTES, Unbuilt
from resefa.pickles.storage import STORAGE_NAMES, Storage, tensor_on

Builder = Callable[[tuple[Any, ...], Any], Any]
"""Function (arguments, state) -> value."""


def _tensor(args: tuple[Any, ...], _: Any) -> Tensor:
    """Tensor from ``(storage, offset, size, stride, requires_grad, ...)``."""
    storage, offset, size, stride = args[:4]
    if not isinstance(storage, Storage):
        raise ValueError("a tensor without a storage")
    return tensor_on(storage, offset, size, stride)


def _tensor_of_type(args: tuple[Any, ...], _: Any) -> Tensor:
    """Tensor of ``_rebuild_tensor_v3``: like v2, followed by hooks and a dtype."""
    storage, offset, size, stride, *_rest = args
    kind = next((value for value in args if isinstance(value, torch.dtype)), None)
    if not isinstance(storage, Storage):
        raise ValueError("a tensor without a storage")
    return tensor_on(storage, offset, size, stride, kind)


def _parameter(args: tuple[Any, ...], _: Any) -> Tensor:
    if not args or not isinstance(args[0], Tensor):
        raise ValueError("a parameter without a tensor")
    return args[0]


def encoded(args: tuple[Any, ...]) -> bytes:
    """Bytes of ``_codecs.encode(text, "latin1")``, the form of protocols 0 to 2."""
    text, encoding = args
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise ValueError("bytes in an unknown encoding")
    return text.encode("latin-1")


def _byte_array(args: tuple[Any, ...], _: Any) -> bytes:
    if len(args) == 2:  # the form of protocols 0 to 2
        return encoded(args)
    if args and not isinstance(args[0], bytes):
        raise ValueError("invalid bytes")
    return args[0] if args else b""


def _size(args: tuple[Any, ...], _: Any) -> tuple[Any, ...]:
    if len(args) > 1 or not isinstance(args[0] if args else (), (tuple, list)):
        raise ValueError("an invalid size")
    return tuple(args[0]) if args else ()


def _path(args: tuple[Any, ...], _: Any) -> str:
    if len(args) > 50 or not all(isinstance(part, str) for part in args) or sum(map(len, args)) > 1000:
        raise ValueError("an invalid path")
    return "/".join(args)


def _device(args: tuple[Any, ...], _: Any) -> str:
    """``cuda:0`` from ``("cuda", 0)``, ``cpu`` from ``("cpu",)``: the form in which torch pickles a device."""
    if not 1 <= len(args) <= 2 or not isinstance(args[0], str) or len(args[0]) > 20:
        raise ValueError("an invalid device")
    if len(args) == 2 and (not isinstance(args[1], int) or not -1 <= args[1] < 2**16):
        raise ValueError("an invalid device")
    return ":".join(map(str, args))


def _attributes(_: tuple[Any, ...], state: Any) -> dict[str, Any]:
    return state if isinstance(state, dict) else {}


def _buffer(args: tuple[Any, ...], _: Any) -> Any:
    return arrays.from_buffer(*args)


def _of_subclass(args: tuple[Any, ...], _: Any) -> Tensor:
    """Tensor of ``_rebuild_from_type_v2(function, type, args, state)``: with attributes, or of a subclass."""
    function, _kind, inner, *_state = args
    name = function.type_name if isinstance(function, Unbuilt) else ""
    if name not in _TENSORS or not isinstance(inner, tuple):
        raise ValueError("a tensor that is made by a function outside torch")
    return _TENSORS[name](inner, None)


def _of_array(args: tuple[Any, ...], _: Any) -> Tensor:
    """Tensor from ``(array, dtype, device, requires_grad)``, the form of TPU machines."""
    values, kind = args[:2]
    if not isinstance(values, np.ndarray) or not isinstance(kind, torch.dtype):
        raise ValueError("a tensor without its array")
    return torch.from_numpy(values.astype(values.dtype.newbyteorder("="))).to(kind)


_TENSORS: dict[str, Builder] = {
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_tensor_v3": _tensor_of_type,
    "torch._utils._rebuild_parameter": _parameter,
    "torch._utils._rebuild_parameter_with_state": _parameter,
    "torch._utils._rebuild_xla_tensor": _of_array,
    "torch._utils._rebuild_device_tensor_from_numpy": _of_array,
}

BUILDERS: dict[str, Builder] = {
    "argparse.Namespace": _attributes,
    "types.SimpleNamespace": _attributes,
    "builtins.bytearray": _byte_array,
    "__builtin__.bytearray": _byte_array,
    "builtins.bytes": _byte_array,  # protocols 0 to 2 pickle b"" as a call
    "__builtin__.bytes": _byte_array,
    "numpy.dtype": arrays.dtype,
    **{name: (lambda _, state: arrays.array(state)) for name in arrays.ARRAYS},
    **{name: (lambda args, _: arrays.scalar(*args)) for name in arrays.SCALARS},
    **{name: _buffer for name in arrays.BUFFERS},
    **_TENSORS,
    "torch._tensor._rebuild_from_type_v2": _of_subclass,
    "torch.Size": _size,
    "torch.device": _device,
    **{
        f"pathlib{inner}.{kind}": _path
        for inner in ("", "._local")
        for kind in (
            "Path",
            "PosixPath",
            "WindowsPath",
            "PurePath",
            "PurePosixPath",
            "PureWindowsPath",
        )
    },
}
"""Builder for the call of each name."""

VALUES: dict[str, Any] = {
    **{f"torch.{name}": getattr(torch, name) for name in (
        "float16", "float32", "float64", "bfloat16", "int8", "int16", "int32", "int64", "uint8", "bool", "complex64", "complex128",
        "strided", "channels_last", "contiguous_format", "preserve_format",
    )},
    **{f"numpy.{name}": name for name in ("float16", "float32", "float64", "int32", "int64", "uint8", "bool_")},
    "numpy.ndarray": "numpy.ndarray",
    "builtins.int": "int", "builtins.float": "float", "builtins.str": "str", "builtins.bool": "bool",
    "__builtin__.object": "object", "builtins.object": "object",
    "torch.Tensor": "torch.Tensor", "torch.nn.parameter.Parameter": "torch.nn.parameter.Parameter",
    "torch._tensor.Tensor": "torch.Tensor",
}  # fmt: skip
"""Names used as values; most are arguments of a builder."""

ENCODE = "_codecs.encode"

PASSED_ON = frozenset({"copyreg._reconstructor", "copy_reg._reconstructor"})
"""Functions of protocols 0 and 1 whose first argument is the class."""


def known(name: str) -> bool:
    """Whether a global stands for plain data, or its data are read without calling it."""
    return any(
        name in names for names in (BUILDERS, VALUES, STORAGE_NAMES, PASSED_ON, (ENCODE, LOAD_FROM_BYTES))
    ) or any(pattern.fullmatch(name) for pattern in (DATA, MAPPING, SEQUENCE, NVIDIA_MODULE, NVIDIA_NETWORK))


_RUNNERS = (
    "os.", "posix.", "nt.", "subprocess.", "sys.", "runpy.", "importlib.", "pty.", "shutil.", "socket.", "ctypes.",
    "webbrowser.", "code.interact", "code.Interactive", "timeit.", "pickle.", "_pickle.", "dill.", "cloudpickle.", "marshal.", "torch.load",
    "torch.hub.", "torch.jit.", "torch.ops.", "torch.package.", "torch.serialization.", "numpy.load", "builtins.eval",
    "builtins.exec", "builtins.compile", "builtins.open", "builtins.getattr", "builtins.__import__", "builtins.breakpoint",
    "__builtin__.eval", "__builtin__.exec", "__builtin__.execfile", "__builtin__.compile", "__builtin__.open",
    "__builtin__.getattr", "__builtin__.__import__", "operator.", "_operator.", "functools.", "asyncio.", "multiprocessing.",
    "requests.", "urllib.", "http.", "pip.", "setuptools.", "bdb.", "pdb.", "cProfile.", "profile.run", "trace.Trace",
)  # fmt: skip
"""Prefixes of names that attacks use and weights never need. Only messages depend on this list: no name is imported."""


def remark(name: str) -> str:
    """Remark on a global for the user, or ""."""
    if name == LOAD_FROM_BYTES or NVIDIA_MODULE.fullmatch(name) or NVIDIA_NETWORK.fullmatch(name):
        return "runs code of the file in other readers; read as data here"
    if not known(name) and name.startswith(_RUNNERS):
        return "runs code in other readers: do not trust this file"
    return ""
