"""Files that ask for memory or time without end. Each is small, or at most some megabytes."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from hostile.archives import ARCHIVES
from hostile.containers import (
    LAYOUTS,
    call,
    mapping,
    named,
    storage,
    tensor,
    text,
    torch_stream,
    value,
)  # fmt: skip

_DEEP = 30_000
_GLOBAL = named("collections.OrderedDict")
_HASH = 2**61 - 1
"""Python's hashes of whole numbers are remainders by this."""


def _laughs(one: bytes, levels: int = 60) -> bytes:
    """Each level holds the one before it twice, by the memo."""
    body = value("ha") + b"q\x00"
    for level in range(levels):
        body += b"0" + b"h" + bytes([level]) + b"h" + bytes([level]) + one + b"q" + bytes([level + 1])
    return body


def _module(children: bytes) -> bytes:
    state = b"}(" + text("_parameters") + b"}" + text("_buffers") + b"}" + text("_modules") + children + b"u"
    return named("torch.nn.modules.container.Sequential") + b")\x81" + state + b"b"


def _modules(levels: int = 40) -> bytes:
    """Modules that each hold the one before it twice: two to the power of the depth names."""
    body = _module(b"}") + b"q\x00"
    for level in range(levels):
        twice = b"}(" + text("a") + b"h" + bytes([level]) + text("b") + b"h" + bytes([level]) + b"u"
        body += b"0" + _module(twice) + b"q" + bytes([level + 1])
    return body


def _components(levels: int = 40) -> bytes:
    """TensorFlow networks that each hold the one before it sixteen times."""
    start = named("dnnlib.tflib.network.Network") + b")\x81"
    body = start + mapping(version=value(4), name=text("Gs"), variables=b"]") + b"bq\x000"
    for level in range(levels):
        again = b"}(" + b"".join(text(f"c{i}") + b"h" + bytes([level]) for i in range(16)) + b"u"
        body += start + mapping(version=value(4), name=text("Gs"), variables=b"]", components=again) + b"b"
        body += b"q" + bytes([level + 1]) + b"0"
    return body + b"h" + bytes([levels])


def _many(of: bytes, count: int) -> bytes:
    """A list of what the same instructions make, again and again."""
    return b"](" + of * count + b"e"


def _memoized(first: bytes, again: bytes, count: int = 30_000) -> bytes:
    return first + b"q\x000" + _many(again, count)


def _long(number: int) -> bytes:
    data = number.to_bytes(16, "little", signed=True)
    return b"\x8a\x10" + data


def _keys(count: int, key: Callable[[int], bytes]) -> bytes:
    return b"}(" + b"".join(key(i) + b"N" for i in range(1, count)) + b"u"


def _names(pairs: int = 300) -> bytes:
    """Every pair of some texts as a global."""
    said = b"".join(text("m" * 200 + str(i)) + b"r" + struct.pack("<I", i) + b"0" for i in range(pairs))
    return said + b"](" + b"".join(
        b"j" + struct.pack("<I", i) + b"j" + struct.pack("<I", j) + b"\x93" for i in range(pairs) for j in range(pairs)
    ) + b"e"  # fmt: skip


PICKLES: dict[str, Callable[[], bytes]] = {
    "nested-lists": lambda: b"]" * _DEEP + b"a" * (_DEEP - 1),
    "nested-tuples": lambda: b")" + b"\x85" * _DEEP,
    "nested-dicts": lambda: (b"}" + text("a")) * 30_000 + b"}" + b"s" * 30_000,
    "nested-calls": lambda: _GLOBAL + b"q\x000" + b")" + b"\x85q\x010h\x00h\x01R" * 100_000,
    "nested-persistent": lambda: b"N" + b"Q" * _DEEP,
    "nested-sets": lambda: b"(" * 300 + b"\x91" * 300,
    "list-in-itself": lambda: b"]q\x00h\x00a",
    "dict-in-itself": lambda: b"}q\x00" + text("g_ema") + b"h\x00s",
    "laughing-tuples": lambda: _laughs(b"\x86"),
    "laughing-lists": lambda: _laughs(b"\x86") + b"0]" + b"h\x3ca" * 1000,
    "laughing-keys": lambda: b"}" + _laughs(b"\x86") + b"Ns",
    "laughing-unbuilt-keys": lambda: b"}" + named("torch.nn.modules.linear.Linear") + b"(" + _laughs(b"\x86") + b"tRNs",
    "laughing-settings": lambda: mapping(activation=_laughs(b"\x86"), resample_filter=_laughs(b"\x86")),
    "laughing-modules": _modules,
    "laughing-mappings": lambda: _laughs(b"\x86") + b"0" + _GLOBAL + b")R" + text("a") + b"h\x3cs",
    "laughing-name": lambda: (
        named("dnnlib.tflib.network.Network") + b")\x81" + mapping(version=value(4), name=_laughs(b"\x86"), variables=b"]") + b"b"
    ),
    "components-in-components": lambda: _components(),
    "opcodes": lambda: b"N0" * 1_000_001 + b"}",
    "sets": lambda: _many(b"\x8f", 20_000),
    "marks": lambda: b"(" * 500_000,
    "memo-index": lambda: b"]r\xff\xff\xff\x7f",
    "memo-index-in-words": lambda: b"]p99999999999999999999\n",
    "memo-of-one-hash": lambda: b"]" + b"".join(b"p%d\n" % (i * _HASH) for i in range(1, 100_000)),
    "memo-get": lambda: b"j\xff\xff\xff\xff",
    "keys-of-one-hash": lambda: _keys(60_000, lambda i: _long(i * _HASH)),
    "tuple-keys-of-one-hash": lambda: _keys(60_000, lambda i: _long(i * _HASH) + _long(i * _HASH) + b"\x86"),
    "set-of-one-hash": lambda: b"\x8f(" + b"".join(_long(i * _HASH) for i in range(1, 60_000)) + b"\x90",
    "one-long-key": lambda: value(tuple(range(50_000))) + b"q\x000}(" + b"h\x00N" * 200_000 + b"u",
    "one-deep-key": lambda: _laughs(b"\x86") + b"0}(" + b"h\x3cN" * 1000 + b"u",
    "number-keys-by-call": lambda: _keys(
        30_000, lambda i: named("numpy.core.multiarray.scalar") + named("numpy.dtype") + value(("f8", False, True))
        + b"R" + value(struct.pack("<d", float(i) * 2**70)) + b"\x86R"),
    "long-claimed": lambda: b"\x8b\xff\xff\xff\x7f",
    "long-in-words": lambda: b"L" + b"9" * 3_000_000 + b"L\n",
    "int-in-words": lambda: b"I" + b"9" * 3_000_000 + b"\n",
    "long-as-key": lambda: b"}\x8b" + struct.pack("<i", 2_000_000) + b"\x01" * 2_000_000 + b"Ns",
    "text-claimed": lambda: b"\x8d" + struct.pack("<Q", 2**62) + b"a",
    "bytes-claimed": lambda: b"\x8e" + struct.pack("<Q", 2**40) + b"a",
    "byte-array-claimed": lambda: b"\x96" + struct.pack("<Q", 2**40) + b"a",
    "frame-claimed": lambda: b"\x95" + struct.pack("<Q", 2**62) + b"}a",
    "endless-text": lambda: b"S'" + b"a" * 4_000_000,
    "endless-global": lambda: b"c" + b"a" * 4_000_000 + b"\nb\n",
    "endless-unicode": lambda: b"V" + b"\\U0001F600" * 300_000,
    "byte-array-of": lambda: call(named("builtins.bytearray"), 10**12),
    "bytes-of": lambda: call(named("builtins.bytes"), 10**12),
    "range-of": lambda: call(named("builtins.range"), 10**12),
    "storage-of": lambda: call(named("torch.FloatStorage"), 10**12),
    "tensor-of": lambda: call(named("torch.Tensor"), 10**6, 10**6),
    "size-of": lambda: call(named("torch.Size"), [10**12] * 40),
    "encode-again": lambda: _memoized(
        text("é" * 500_000), named("_codecs.encode") + b"(h\x00" + text("latin1") + b"tR", 20_000),
    "size-again": lambda: _memoized(value([0] * 50_000), named("torch.Size") + b"h\x00\x85R", 20_000),
    "dict-again": lambda: _memoized(value(dict.fromkeys(map(str, range(20_000)))), _GLOBAL + b"h\x00\x85R", 20_000),
    "set-again": lambda: _memoized(value(list(range(20_000))), named("builtins.set") + b"h\x00\x85R", 20_000),
    "path-again": lambda: _memoized(value(("p" * 900,) * 45), named("pathlib.PosixPath") + b"h\x00R", 60_000),
    "dtype-again": lambda: _memoized(value([0] * 50_000), named("numpy.dtype") + b"h\x00\x85R", 20_000),
    "tensor-sizes-again": lambda: _memoized(
        b"(" + storage() + b"K\x00" + value([1] * 50_000) * 2 + b"\x89Nt", named("torch._utils._rebuild_tensor_v2") + b"h\x00R",
        20_000),
    "latin-array-again": lambda: _memoized(
        b"(K\x01" + value((500_000,)) + named("numpy.dtype") + value(("u1", False, True)) + b"R\x89" + text("a" * 500_000) + b"t",
        named("numpy.core.multiarray._reconstruct") + b")Rh\x00b", 30_000),
    "globals": _names,
    "unknown-array": lambda: call(named("numpy.dtype"), "V99999999"),
    "array-claimed": lambda: (
        named("numpy.core.multiarray._reconstruct") + b")R(K\x01" + value((10**6, 10**6)) + named("numpy.dtype")
        + value(("f8", False, True)) + b"R\x89" + value(b"12345678") + b"tb"),
    "one-storage-many-tensors": lambda: _memoized(
        named("torch.storage._load_from_bytes") + value((_stream_of(1_000_000),)) + b"Rq\x010"
        b"(h\x01K\x00" + value((1_000_000,)) + value((1,)) + b"\x89Nt", named("torch._utils._rebuild_tensor_v2") + b"h\x00R", 9_000),
    "one-storage-many-times": lambda: _memoized(
        value((_stream_of(1_000_000),)), named("torch.storage._load_from_bytes") + b"h\x00R", 9_000),
    "long-names": lambda: mapping(**{"a" * 1_000_000: b"}(" + b"".join(text(str(i)) + b"]" for i in range(20_000)) + b"u"}),
    "newlines": lambda: mapping(**{"a\nb\r\x1b[31m\ud800" * 50: b"N", "c": b"]"}),
}  # fmt: skip
"""In all three layouts."""


def _stream_of(count: int) -> bytes:
    return torch_stream(storage("0", count), {"0": b"\0" * 4 * count})


def _tensors() -> dict[str, bytes]:
    """What may be claimed of four numbers."""
    huge = 2**40
    return {
        "terabytes": tensor((huge,), (1,)),
        "expanded": tensor((huge,), (0,)),
        "expanded-a-little": tensor((4, 5), (0, 0)),
        "beyond": tensor((4,), (1,), 1),
        "negative-offset": tensor((4,), (1,), -1),
        "negative-size": tensor((-4,), (1,)),
        "negative-stride": tensor((2, 2), (2, -1), 2),
        "overflow": tensor((2**32, 2**32), (2**32, 1)),
        "strides-overflow": tensor((2, 2), (2**59, 2**59)),
        "empty-and-huge": tensor((0, 2**59, 2**59), (1, 1, 1)),
        "axes": tensor((1,) * 10_000, (1,) * 10_000),
        "lengths-differ": tensor((4,), (1, 1)),
        "text": tensor(("4",), (1,)),
        "huge-number": tensor((10**5000,), (1,)),
        "no-storage": tensor((4,), (1,), of=value("0")),
        "storage-claims": tensor((4,), (1,), of=storage("0", 2**62)),
        "storage-of-function": tensor((4,), (1,), of=storage("0", 4, "os.FloatStorage")),
        "storage-of-odd-type": tensor((4,), (1,), of=storage("0", 4, "torch.QInt8Storage")),
        "storage-missing": tensor((4,), (1,), of=storage("../../../etc/passwd\n", 4)),
        "storage-key-number": tensor((4,), (1,), of=storage(0, 4)),
        "view-beyond": tensor((4,), (1,), of=storage(view=value(("v", 2, 2**40)))),
        "view-odd": tensor((4,), (1,), of=storage(view=value((None, None)))),
    }


def bombs(layouts_each: int = 3) -> Iterator[tuple[str, bytes]]:
    """(name, content); each pickle in that many layouts, in turns."""
    for i, (name, make) in enumerate(PICKLES.items()):
        body = make()
        for layout in [*LAYOUTS, *LAYOUTS][i % 3 :][:layouts_each]:
            yield f"{layout}/bomb/{name}", LAYOUTS[layout](body)
    for name, body in _tensors().items():
        kept = {"0": struct.pack("<4f", 1, 2, 3, 4)}
        for layout in ("zip", "stream"):
            yield f"{layout}/tensor/{name}", LAYOUTS[layout](mapping(a=body), kept)
    for name, make in ARCHIVES.items():
        yield f"archive/{name}", make()
