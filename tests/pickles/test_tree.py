"""What sound writers saved comes back equal, whatever the layout and protocol."""

from __future__ import annotations

import argparse
import copyreg
import datetime
import functools
import io
import pickle
from collections import OrderedDict, defaultdict, deque
from decimal import Decimal
from pathlib import PurePosixPath

import numpy as np
import pytest
import torch
from hostile.containers import LAYOUTS, call, mapping, named, plain, storage, tensor, text, torch_stream, value
from hostile.good import saved

from resefa.errors import WeightsError
from resefa.pickles import Unbuilt, UnknownGlobalsError, named_globals, read_tree, shown, to_allow


@pytest.fixture
def read(tmp_path):
    def of(data: bytes, **options):
        (tmp_path / "f.pkl").write_bytes(data)
        return read_tree(tmp_path / "f.pkl", **options)

    return of


CONTENT = {
    "numbers": [0, 1, -1, 255, 256, 65536, -(2**31), 2**40, -(2**70), 0.5, -1e300, True, False, None],
    "texts": ["", "a", "é\n", "字" * 300, "'\"\\"],
    "bytes": [b"", b"abc", bytes(range(256)) * 3],
    "nested": {"a": {"b": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)]}, 3: {}, None: 1, (1, "x"): 2},
}


@pytest.mark.parametrize("protocol", range(6))
def test_plain_values_of_every_protocol(read, protocol):
    content = CONTENT | {"odd": [OrderedDict(a=1, b=[2]), defaultdict(None, {"c": 3})]}
    assert read(pickle.dumps(content, protocol)) == content


@pytest.mark.parametrize("protocol", range(6))
def test_sets_namespaces_and_byte_arrays(read, protocol):
    content = {
        "space": argparse.Namespace(lr=0.1, name="x"),
        "set": {1, "a"},
        "frozen": frozenset({2}),
        "array": bytearray(b"x\xff"),
    }
    found = read(pickle.dumps(content, protocol))
    assert found["space"] == {"lr": 0.1, "name": "x"}
    assert (set(found["set"]), set(found["frozen"]), bytes(found["array"])) == ({1, "a"}, {2}, b"x\xff")


class EasyDict(dict):
    """Stands for NVIDIA's."""


@pytest.mark.parametrize("protocol", range(6))
def test_mappings_of_other_libraries(read, protocol):
    EasyDict.__module__, EasyDict.__qualname__ = "easydict", "EasyDict"
    module = type(pickle)("easydict")
    module.EasyDict = EasyDict
    import sys

    sys.modules["easydict"] = module
    try:
        data = pickle.dumps(EasyDict(a=1, b={"c": 2}), protocol)
    finally:
        del sys.modules["easydict"]
    assert copyreg  # protocols 0 and 1 go through it
    assert read(data) == {"a": 1, "b": {"c": 2}}


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("kind", ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "bool", "c8", ">f4", ">i2"])
def test_arrays(read, protocol, kind):
    array = (np.arange(24).reshape(2, 3, 4) % 7).astype(kind)
    content = [
        array,
        np.asfortranarray(array),
        array.T,
        array[:, ::2],
        array[:0],
        array[0, 0, 0],
        np.float32(0.5),
        array.dtype.type(1),
    ]
    for given, found in zip(content, read(pickle.dumps(content, protocol)), strict=True):
        assert np.array_equal(given, found)
        assert np.asarray(given).shape == np.asarray(found).shape
        assert not isinstance(given, np.ndarray) or found.dtype == given.dtype


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("kind", ["O", "U3", "S2", "V4", "M8[s]", "m8[s]"])
def test_arrays_of_other_things_stay_stand_ins(read, kind, protocol):
    array = np.zeros(2, kind)
    made = read(pickle.dumps([array, array.astype(kind)[:1], 3], protocol))
    assert [type(each) for each in made] == [Unbuilt, Unbuilt, int]


def test_an_array_type_that_hides_objects_is_refused(read):
    with pytest.raises(WeightsError, match=r"byte \d+: .*not numbers"):
        read(plain(named("numpy.dtype") + value(("i,O", False, True)) + b"R"))


PLAIN = {
    "datetime": datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC),
    "timedelta": datetime.timedelta(1),
    "deque": deque([1.0, 2.0], maxlen=5),
    "defaultdict of a number": defaultdict(float, a=1.0),
    "defaultdict of a list": defaultdict(list, a=[1]),
    "slice": slice(1, 2),
    "range": range(3),
    "complex": 1 + 2j,
    "text of NumPy": np.str_("best"),
    "random numbers of NumPy": np.random.default_rng(0),
    "decimal": Decimal("0.1"),
    "path": PurePosixPath("a/b"),
    "partial": functools.partial(torch.optim.Adam, lr=1e-3),
}


@pytest.mark.parametrize("protocol", range(2, 6))
@pytest.mark.parametrize("kind", PLAIN)
def test_what_training_code_keeps_beside_weights_is_data(read, kind, protocol):
    found = read(pickle.dumps({"weight": torch.ones(2), "beside": PLAIN[kind]}, protocol))
    assert torch.equal(found["weight"], torch.ones(2))
    if kind.startswith(("defaultdict", "deque")):
        assert found["beside"] == (list(PLAIN[kind]) if kind == "deque" else dict(PLAIN[kind]))


@pytest.mark.parametrize("protocol", range(2, 6))
def test_devices_with_and_without_a_number(read, protocol):
    """Modules that were saved on a GPU hold these: ``torch.device("cuda", 0)`` is pickled with its number."""
    content = {"one": torch.device("cuda", 0), "two": torch.device("cpu"), "three": torch.device("cuda")}
    assert read(pickle.dumps(content, protocol)) == {"one": "cuda:0", "two": "cpu", "three": "cuda"}


def test_a_tensor_with_attributes_is_a_tensor(read):
    tensor = torch.ones(2)
    tensor.lr_mul = 0.5
    assert torch.equal(read(saved({"w": tensor}))["w"], tensor)


HISTORY = "mmengine.logging.history_buffer.HistoryBuffer"


def _method(of: str, attribute: str) -> bytes:
    return call_of(named("__builtin__.getattr"), named(of), text(attribute))


def call_of(function: bytes, *parts: bytes) -> bytes:
    return function + b"(" + b"".join(parts) + b"tR"


def test_methods_of_data_classes_are_references(read, tmp_path):
    assert read(plain(_method(HISTORY, "mean")))
    _, names = named_globals(tmp_path / "f.pkl")
    assert all(each.harmless for each in names)
    with pytest.raises(UnknownGlobalsError, match=r"mine\.Thing"):
        read(plain(_method("mine.Thing", "mean")))
    assert read(plain(_method("mine.Thing", "mean")), allow=("mine.Thing",))
    of_an_object = call_of(
        named("__builtin__.getattr"), call_of(named("torch.nn.modules.linear.Identity")), text("forward")
    )
    assert read(plain(of_an_object))
    with pytest.raises(WeightsError, match="calls the result of another call"):
        read(plain(call_of(of_an_object, text("x"))))


@pytest.mark.parametrize(
    "body",
    [
        _method(HISTORY, "__globals__"),
        _method("os.path", "join"),
        named("__builtin__.getattr"),
        _method(HISTORY, "mean") + b"0" + named("__builtin__.getattr"),
        named("__builtin__.getattr") + b"q\x00" + b"(" + named(HISTORY) + text("mean") + b"tR0h\x00",
        call_of(named("functools.partial"), named("os.system")),
        call_of(named("__builtin__.getattr"), call_of(named("__builtin__.__import__"), text("os")), text("system")),
        call_of(named("functools.partial"), named("__builtin__.getattr")),
    ],
)
def test_other_uses_are_refused_as_attacks(read, body):
    with pytest.raises(WeightsError, match="do not trust"):
        read(plain(body), allow=("os.*", "functools.*", "__builtin__.*"))


def test_all_unknown_names_are_told_at_once_and_allowed_by_their_package(read):
    names = [f"training.networks.Layer{i}" for i in range(6)] + ["other.Thing"]
    data = LAYOUTS["zip"](mapping(**{f"k{i}": call(named(name), 1) for i, name in enumerate(names)}))
    with pytest.raises(UnknownGlobalsError) as said:
        read(data)
    assert list(said.value.names) == names
    assert to_allow(names) == ["training.*", "other.*"]
    assert shown(names[:2]) == "training.networks.{Layer0, Layer1}"
    assert isinstance(read(data, allow=to_allow(names))["k0"], Unbuilt)


def _tensors():
    base = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4)
    content = {str(kind): base.to(kind) for kind in (
        torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8,
        torch.uint8, torch.bool,
    )}  # fmt: skip
    views = {
        "transposed": base.mT,
        "part": base[1, :, 1:3],
        "strided": base[:, ::2],
        "channels last": base[None].to(memory_format=torch.channels_last),
    }
    empty = {"none": torch.empty(0), "no rows": torch.empty(0, 3), "number": torch.tensor(2.5), "one": torch.ones(1)}
    return content | views | empty


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_tensors_of_torch_save(read, zipped, protocol):
    content = _tensors()
    parameter = torch.nn.Parameter(torch.ones(2))
    found = read(
        saved(
            {"tensors": content, "parameter": parameter, "size": torch.Size([1, 2]), "dtype": torch.float16},
            zipped=zipped,
            protocol=protocol,
        )
    )
    for key, given in content.items():
        assert torch.equal(found["tensors"][key], given), key
        assert found["tensors"][key].dtype == given.dtype
        assert found["tensors"][key].stride() == given.stride()
    assert torch.equal(found["parameter"], parameter.detach())
    assert (found["size"], found["dtype"]) == ((1, 2), torch.float16)


@pytest.mark.parametrize("protocol", range(6))
def test_tensors_of_plain_pickles(read, protocol):
    content = _tensors()
    found = read(pickle.dumps(content, protocol))
    assert all(torch.equal(found[key], given) for key, given in content.items())


def test_what_is_shared_stays_shared(read):
    inner, weight = {"a": [1]}, torch.ones(3)
    found = read(saved([inner, inner, weight, weight, weight[1:]]))
    assert found[0] is found[1]
    assert found[2] is found[3]
    assert found[2].data_ptr() + 4 == found[4].data_ptr()


def test_views_of_the_oldest_files(read):
    """A storage that is a part of another: (key, offset, count) behind the reference."""
    body = mapping(a=tensor((2,), (1,), 1, of=storage("0", 4, view=value(("part", 1, 3)))))
    found = read(torch_stream(body, {"0": np.arange(4, dtype="<f4").tobytes()}))
    assert found["a"].tolist() == [2.0, 3.0]


def test_unknown_globals_are_refused_or_kept_as_data(read, tmp_path):
    data = LAYOUTS["zip"](mapping(a=call(named("mine.Thing"), 1, "x")))
    with pytest.raises(WeightsError, match=r"byte \d+ it names mine\.Thing"):
        read(data)
    thing = read(data, allow=("mine.Thing",))["a"]
    assert isinstance(thing, Unbuilt)
    assert (thing.type_name, thing.args) == ("mine.Thing", (1, "x"))
    layout, names = named_globals(tmp_path / "f.pkl")
    assert layout == "torch zip"
    assert [(each.name, each.harmless) for each in names] == [("mine.Thing", False)]


def test_whole_modules_are_attributes(read):
    found = read(saved(torch.nn.Sequential(torch.nn.Linear(2, 3))))
    assert found.type_name == "torch.nn.modules.container.Sequential"
    assert found.state["_modules"]["0"].state["_parameters"]["weight"].shape == (3, 2)


def test_paths(read):
    out = io.BytesIO(
        pickle.dumps(PurePosixPath("a/b"), 2).replace(b"PurePosixPath", b"PosixPath").replace(b"PurePath", b"Path")
    )
    assert read(out.getvalue()) == "a/b"
