"""Pickles put together by hand, opcode by opcode, and the three layouts that they come in."""

from __future__ import annotations

import io
import pickle
import pickletools
import struct
import zipfile
from collections.abc import Mapping

TORCH_MAGIC = 0x1950A86A20F9469CFC6C


def plain(body: bytes, protocol: int = 4) -> bytes:
    return bytes([0x80, protocol]) + body + b"."


def torch_zip(body: bytes, storages: Mapping[str, bytes] | None = None, packed: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packed) as archive:
        archive.writestr("archive/data.pkl", plain(body, 2))
        archive.writestr("archive/byteorder", "little")
        for key, data in (storages or {}).items():
            archive.writestr(f"archive/data/{key}", data)
        archive.writestr("archive/version", "3\n")
    return out.getvalue()


def torch_stream(body: bytes, storages: Mapping[str, bytes] | None = None, width: int = 4) -> bytes:
    storages = storages or {}
    head = [TORCH_MAGIC, 1001, {"little_endian": True, "protocol_version": 1001, "type_sizes": {}}]
    start = b"".join(pickle.dumps(each, 2) for each in head) + plain(body, 2) + pickle.dumps(list(storages), 2)
    return start + b"".join(struct.pack("<q", len(data) // width) + data for data in storages.values())


LAYOUTS = {"pickle": plain, "zip": torch_zip, "stream": torch_stream}


def value(content: object) -> bytes:
    """The opcodes that put plain content on the stack; the memo is not touched."""
    return pickletools.optimize(pickle.dumps(content, 3))[2:-1]


def named(name: str) -> bytes:
    """GLOBAL: ``module.name`` on the stack."""
    module, _, last = name.rpartition(".")
    return f"c{module}\n{last}\n".encode()


def named_by_stack(module: str, name: str) -> bytes:
    """STACK_GLOBAL: the name may have dots of its own."""
    return text(module) + text(name) + b"\x93"


def text(content: str) -> bytes:
    data = content.encode("utf-8", "surrogatepass")
    return b"X" + struct.pack("<I", len(data)) + data


def call(function: bytes, *args: object) -> bytes:
    """REDUCE with plain arguments."""
    return function + value(tuple(args)) + b"R"


def storage(key: object = "0", count: int = 4, kind: str = "torch.FloatStorage", *, view: bytes = b"N") -> bytes:
    """A persistent reference as torch writes it."""
    inner = value("storage") + named(kind) + value(key) + value("cpu") + value(count)
    return b"(" + inner + (view if view != b"N" else b"") + b"tQ"


def tensor(size: tuple, stride: tuple, offset: int = 0, of: bytes | None = None) -> bytes:
    """``torch._utils._rebuild_tensor_v2``."""
    hooks = b"ccollections\nOrderedDict\n)R"
    args = b"(" + (of or storage()) + value(offset) + value(size) + value(stride) + b"\x89" + hooks + b"t"
    return named("torch._utils._rebuild_tensor_v2") + args + b"R"


def mapping(**items: bytes) -> bytes:
    return b"}(" + b"".join(text(key) + item for key, item in items.items()) + b"u"
