"""Globals that are known to describe plain data, and what to make of each. Everything else stays an inert stand-in.

A builder gets arguments and state that are already plain data, and only assembles them: none imports or calls by name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from resefa.pickles import arrays
from resefa.pickles.objects import LOAD_FROM_BYTES, Unbuilt
from resefa.pickles.storage import STORAGE_NAMES, Storage, tensor_on

Builder = Callable[[tuple[Any, ...], Any], Any]
"""(arguments, state) -> value."""


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


def _encoded(args: tuple[Any, ...], _: Any) -> bytes:
    """Bytes as protocols 0 to 2 write them: text in Latin-1."""
    text, encoding = args
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise ValueError("bytes in an unknown encoding")
    return text.encode("latin-1")


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
    "_codecs.encode": _encoded,
    "builtins.set": _set,
    "__builtin__.set": _set,
    "builtins.frozenset": _set,
    "builtins.list": _set,
    "builtins.bytearray": lambda args, _: _encoded(args, None) if len(args) == 2 else bytes(args[0] if args else b""),
    "builtins.slice": _as_is("builtins.slice"),
    "builtins.complex": lambda args, _: complex(*args),
    "numpy.dtype": arrays.dtype,
    **{name: (lambda _, state: arrays.array(state)) for name in arrays.ARRAYS},
    **{name: (lambda args, _: arrays.scalar(*args)) for name in arrays.SCALARS},
    **{name: _buffer for name in arrays.BUFFERS},
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_tensor_v3": _tensor_of_type,
    "torch._utils._rebuild_parameter": _parameter,
    "torch._utils._rebuild_parameter_with_state": _parameter,
    "torch.Size": lambda args, _: tuple(args[0]) if args else (),
    "torch.device": lambda args, _: str(args[0]) if args else "",
    "pathlib.PosixPath": lambda args, _: "/".join(str(part) for part in args),
    "pathlib.WindowsPath": lambda args, _: "\\".join(str(part) for part in args),
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

NVIDIA_MODULE = "torch_utils.persistence._reconstruct_persistent_obj"
NVIDIA_NETWORKS = frozenset({
    "dnnlib.tflib.network.Network", "dnnlib.tflib.Network", "tfutil.Network", "network.Network",
})  # fmt: skip
INERT = frozenset({NVIDIA_MODULE, LOAD_FROM_BYTES, *NVIDIA_NETWORKS})
"""Names that would run code of the file in their own readers; here their arguments are read as data."""


PASSED_ON = frozenset({"copyreg._reconstructor", "copy_reg._reconstructor"})
"""Protocols 0 and 1: the first argument is the class that is meant."""


def known(name: str) -> bool:
    """Whether a global is one of plain data, or one whose data is read without calling it."""
    return any(name in names for names in (BUILDERS, MAPPINGS, VALUES, INERT, STORAGE_NAMES, PASSED_ON))
