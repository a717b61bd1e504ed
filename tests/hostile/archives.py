"""Archives, streams and safetensors that lie about themselves."""

from __future__ import annotations

import io
import json
import pickle
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable

from hostile.containers import call, mapping, named, plain, tensor, text, torch_stream, torch_zip, value


def _entries(count: int) -> bytes:
    """An archive that lists one entry again and again (overlapping)."""
    data = b"x" * 1000
    local = (
        struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 0, 0, 33, zlib.crc32(data), len(data), len(data), 1, 0)
        + b"a"
        + data
    )
    central = b"".join(
        struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, 0, 0, 0, 33, zlib.crc32(data), len(data), len(data), 8, 0, 0, 0, 0, 0, 0)
        + b"%08d" % i
        for i in range(count)
    )  # fmt: skip
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count % 65536, count % 65536, len(central), len(local), 0)
    return local + central + end


def _understated(data: bytes, claimed: int) -> bytes:
    """An archive whose data.pkl unpacks to far more than the archive says."""
    archive = torch_zip(data, packed=zipfile.ZIP_DEFLATED)
    body, real = plain(data, 2), len(plain(data, 2))
    return archive.replace(struct.pack("<I", zlib.crc32(body)) , struct.pack("<I", zlib.crc32(body[:claimed]))).replace(
        struct.pack("<I", real), struct.pack("<I", claimed)
    )  # fmt: skip


def _packed(method: int, body: bytes) -> bytes:
    return torch_zip(body, packed=method)


def _zip_of(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()


def _safetensors(header: object, data: bytes = b"", claimed: int | None = None) -> bytes:
    said = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(said) if claimed is None else claimed) + said + data


def _entry(shape: list, end: int, dtype: str = "F32", start: int = 0) -> dict:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


ARCHIVES: dict[str, Callable[[], bytes]] = {
    "zip-bomb": lambda: _packed(zipfile.ZIP_DEFLATED, text("a" * 30_000_000)),
    "zip-bomb-understated": lambda: _understated(text("a" * 100_000_000), 100_000),
    "zip-bomb-lzma": lambda: _packed(zipfile.ZIP_LZMA, text("a" * 30_000_000)),
    "zip-bomb-bzip2": lambda: _packed(zipfile.ZIP_BZIP2, text("a" * 30_000_000)),
    "zip-in-zip": lambda: _zip_of({"archive/data.pkl": _packed(zipfile.ZIP_DEFLATED, text("a" * 30_000_000))}),
    "zip-overlapping": lambda: _entries(20_000),
    "zip-long-list": lambda: _entries(400_000),
    "zip-two-of-one-name": lambda: _doubled(),
    "zip-no-pickle": lambda: _zip_of({"a/b": b"c"}),
    "zip-big-endian": lambda: _zip_of({"a/data.pkl": plain(b"}"), "a/byteorder": b"big"}),
    "zip-odd-names": lambda: _zip_of({"a\n\x1b/data.pkl": b"\x80", "../../x": b""}),
    "zip-storage-of-odd-length": lambda: torch_zip(mapping(a=tensor((4,), (1,))), {"0": b"123"}),
    "zip-storage-missing": lambda: torch_zip(mapping(a=tensor((4,), (1,)))),
    "stream-storage-claimed": lambda: torch_stream(mapping(a=tensor((4,), (1,))), {"0": b""})[:-8] + struct.pack("<q", 2**62),
    "stream-storage-negative": lambda: torch_stream(mapping(a=tensor((4,), (1,))), {"0": b""})[:-8] + struct.pack("<q", -1),
    "stream-keys-odd": lambda: torch_stream(b"}")[:-4] + plain(value([None, ("a",)])),
    "stream-keys-again": lambda: torch_stream(mapping(a=tensor((4,), (1,))))[:-4] + pickle.dumps(["0"] * 100_000),
    "safetensors-length": lambda: _safetensors({}, claimed=2**62),
    "safetensors-length-a-little": lambda: _safetensors({}, b"\0" * 10, claimed=11),
    "safetensors-no-json": lambda: _safetensors(b"{" * 100),
    "safetensors-nested": lambda: _safetensors(b'{"a":' + b"[" * 1_000_000),
    "safetensors-claimed": lambda: _safetensors({"a": _entry([2**40], 2**42)}, b"\0" * 16),
    "safetensors-overflow": lambda: _safetensors({"a": _entry([2**62, 2**62], 16)}, b"\0" * 16),
    "safetensors-overlap": lambda: _safetensors({"a": _entry([4], 16), "b": _entry([4], 16)}, b"\0" * 16),
    "safetensors-hole": lambda: _safetensors({"a": _entry([2], 16, start=8)}, b"\0" * 16),
    "safetensors-negative": lambda: _safetensors({"a": _entry([-4], 16)}, b"\0" * 16),
    "safetensors-dtype": lambda: _safetensors({"a": _entry([4], 16, "O32")}, b"\0" * 16),
    "safetensors-empty-and-huge": lambda: _safetensors({"a": _entry([0, 2**62], 0)}),
    "safetensors-settings-nested": lambda: _safetensors(
        {"__metadata__": {"settings": "[" * 100_000}, "a": _entry([4], 16)}, b"\0" * 16),
    "safetensors-settings-number": lambda: _safetensors(
        {"__metadata__": {"settings": '{"a": ' + "9" * 100_000 + "}"}, "a": _entry([4], 16)}, b"\0" * 16),
    "safetensors-many": lambda: _safetensors({f"a{i}": _entry([0], 0) for i in range(120_000)}),
    "safetensors-newline": lambda: _safetensors({"a\nb\x1b[31m" * 40: _entry([4], 16)}, b"\0" * 16),
    "empty": lambda: b"",
    "one-byte": lambda: b"\x80",
    "text": lambda: b"hello\n" * 1000,
    "zeros": lambda: b"\0" * 100_000,
    "end-of-zip-alone": lambda: b"PK\5\6" + b"\0" * 18,
    "start-of-zip-alone": lambda: b"PK\3\4" + b"\0" * 1000,
}  # fmt: skip


def _doubled() -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("a/data.pkl", plain(b"}", 2))
        archive.writestr("a/data.pkl", plain(call(named("os.system"), "touch canary"), 2))
    return out.getvalue()
