"""Globals that are known to describe plain data, and what to make of each. Everything else stays an inert stand-in.

A builder gets arguments and state that are already plain data, and only assembles them: none imports or calls by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from resefa.pickles import arrays
from resefa.pickles.objects import LOAD_FROM_BYTES, Unbuilt
from resefa.pickles.storage import STORAGE_NAMES, Storage, tensor_on

Builder = Callable[[tuple[Any, ...], Any], Any]
"""(arguments, state) -> value."""


_MODULE = re.compile(r"torch\.nn\.modules\.[a-z_]+\.[A-Z][A-Za-z0-9_]*")
"""Whole modules saved with torch.save: layers are read by their parameters and attributes. Not names that go on behind a
class or a function: other readers would follow ``torch.nn.modules.module.warnings.sys`` to where it leads."""


def _tensor(args: tuple[Any, ...], _: Any) -> Tensor:
    """``(storage, offset, size, stride, requires_grad, ...)``."""
    storage, offset, size, stride = args[:4]
    if not isinstance(storage, Storage):
        raise ValueError("a tensor without a storage")
    return tensor_on(storage, offset, size, stride)


def _tensor_of_type(args: tuple[Any, ...], _: Any) -> Tensor:
    """``_rebuild_tensor_v3``: as v2, with hooks and a dtype behind."""
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
    """``_codecs.encode(text, "latin1")``, bytes as protocols 0 to 2 write them."""
    text, encoding = args
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise ValueError("bytes in an unknown encoding")
    return text.encode("latin-1")


def _byte_array(args: tuple[Any, ...], _: Any) -> bytes:
    if len(args) == 2:  # as protocols 0 to 2 write them
        return encoded(args)
    if args and not isinstance(args[0], bytes):
        raise ValueError("bytes that are none")
    return args[0] if args else b""


def _size(args: tuple[Any, ...], _: Any) -> tuple[Any, ...]:
    if len(args) > 1 or not isinstance(args[0] if args else (), (tuple, list)):
        raise ValueError("a size that is none")
    return tuple(args[0]) if args else ()


def _path(args: tuple[Any, ...], _: Any) -> str:
    if len(args) > 50 or not all(isinstance(part, str) for part in args) or sum(map(len, args)) > 1000:
        raise ValueError("a path that is none")
    return "/".join(args)


def _attributes(_: tuple[Any, ...], state: Any) -> dict[str, Any]:
    return state if isinstance(state, dict) else {}


def _set(args: tuple[Any, ...], _: Any) -> Any:
    return args[0] if args and isinstance(args[0], list) else []


def _buffer(args: tuple[Any, ...], _: Any) -> Any:
    return arrays.from_buffer(*args)


def _as_is(name: str) -> Builder:
    return lambda args, state: Unbuilt(name, args, state)


MAPPINGS = frozenset({
    "collections.OrderedDict", "collections.defaultdict", "collections.Counter", "builtins.dict", "__builtin__.dict",
    "dnnlib.util.EasyDict", "dnnlib.EasyDict", "easydict.EasyDict", "addict.addict.Dict",
    "torch_utils.misc.EasyDict", "mmcv.utils.config.ConfigDict", "mmengine.config.config.ConfigDict",
})  # fmt: skip
"""Subclasses of ``dict`` that mean no more than one."""

BUILDERS: dict[str, Builder] = {
    "argparse.Namespace": _attributes,
    "types.SimpleNamespace": _attributes,
    "builtins.set": _set,
    "__builtin__.set": _set,
    "builtins.frozenset": _set,
    "__builtin__.frozenset": _set,
    "builtins.list": _set,
    "__builtin__.list": _set,
    "builtins.bytearray": _byte_array,
    "__builtin__.bytearray": _byte_array,
    "builtins.bytes": _byte_array,  # protocols 0 to 2 write b"" as a call
    "__builtin__.bytes": _byte_array,
    "builtins.slice": _as_is("builtins.slice"),
    "numpy.dtype": arrays.dtype,
    **{name: (lambda _, state: arrays.array(state)) for name in arrays.ARRAYS},
    **{name: (lambda args, _: arrays.scalar(*args)) for name in arrays.SCALARS},
    **{name: _buffer for name in arrays.BUFFERS},
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_tensor_v3": _tensor_of_type,
    "torch._utils._rebuild_parameter": _parameter,
    "torch._utils._rebuild_parameter_with_state": _parameter,
    "torch.Size": _size,
    "torch.device": _path,
    "pathlib.PosixPath": _path,
    "pathlib.WindowsPath": _path,
}
"""What a call of a name gives."""

VALUES: dict[str, Any] = {
    **{f"torch.{name}": getattr(torch, name) for name in (
        "float16", "float32", "float64", "bfloat16", "int8", "int16", "int32", "int64", "uint8", "bool",
        "strided", "channels_last", "contiguous_format", "preserve_format",
    )},
    **{f"numpy.{name}": name for name in ("float16", "float32", "float64", "int32", "int64", "uint8", "bool_")},
    "numpy.ndarray": "numpy.ndarray",
    "builtins.int": "int", "builtins.float": "float", "builtins.str": "str", "builtins.bool": "bool",
    "__builtin__.object": "object", "builtins.object": "object",
    "torch.Tensor": "torch.Tensor", "torch.nn.parameter.Parameter": "torch.nn.parameter.Parameter",
    "torch._tensor.Tensor": "torch.Tensor",
}  # fmt: skip
"""Names that stand for themselves; most are arguments of a builder."""

ENCODE = "_codecs.encode"
NVIDIA_MODULE = "torch_utils.persistence._reconstruct_persistent_obj"
NVIDIA_NETWORKS = frozenset({
    "dnnlib.tflib.network.Network", "dnnlib.tflib.Network", "tfutil.Network", "network.Network",
})  # fmt: skip
INERT = frozenset({ENCODE, NVIDIA_MODULE, LOAD_FROM_BYTES, *NVIDIA_NETWORKS})
"""Names whose arguments are read as data in a way of their own; all but ``ENCODE`` would run code in their own readers."""


PASSED_ON = frozenset({"copyreg._reconstructor", "copy_reg._reconstructor"})
"""Protocols 0 and 1: the first argument is the class that is meant."""


def known(name: str) -> bool:
    """Whether a global is one of plain data, or one whose data is read without calling it."""
    return _MODULE.fullmatch(name) is not None or any(
        name in names for names in (BUILDERS, MAPPINGS, VALUES, INERT, STORAGE_NAMES, PASSED_ON)
    )


_RUNNERS = (
    "os.", "posix.", "nt.", "subprocess.", "sys.", "runpy.", "importlib.", "pty.", "shutil.", "socket.", "ctypes.",
    "webbrowser.", "code.", "timeit.", "pickle.", "_pickle.", "dill.", "cloudpickle.", "marshal.", "torch.load",
    "torch.hub.", "torch.jit.", "torch.ops.", "torch.package.", "torch.serialization.", "numpy.load", "builtins.eval",
    "builtins.exec", "builtins.compile", "builtins.open", "builtins.getattr", "builtins.__import__", "builtins.breakpoint",
    "__builtin__.eval", "__builtin__.exec", "__builtin__.execfile", "__builtin__.compile", "__builtin__.open",
    "__builtin__.getattr", "__builtin__.__import__", "operator.", "_operator.", "functools.", "asyncio.", "multiprocessing.",
    "requests.", "urllib.", "http.", "pip.", "setuptools.", "bdb.", "pdb.", "cProfile.", "profile.", "trace.",
)  # fmt: skip
"""Beginnings of names that weights never need and attacks use. Only the wording depends on this list: no name is imported."""


def remark(name: str) -> str:
    """What a reader should know of a global, or ""."""
    if name in INERT and name != ENCODE:
        return "runs code of the file in other readers; read as data here"
    if not known(name) and name.startswith(_RUNNERS):
        return "runs code in other readers: do not trust this file"
    return ""
