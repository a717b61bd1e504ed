"""TF-Hub's BigGAN and BigGAN-deep: translated variables, the graph's constants, and the reading step with a stand-in for TensorFlow."""

from __future__ import annotations

import runpy
import sys
from collections import defaultdict
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch
from reference.biggan.weights import frozen

from resefa.checkpoints.families.biggan import biggan_record
from resefa.checkpoints.families.biggan_deep import biggan_deep_record
from resefa.checkpoints.families.spectral_norm import fold_power_step
from resefa.checkpoints.formats.tfhub.biggan import SETTINGS
from resefa.checkpoints.formats.tfhub.biggan_deep import EPS
from resefa.checkpoints.formats.tfhub.folder import folder_record, recognises_folder, record_of_variables, translated
from resefa.checkpoints.formats.tfhub.variables import constants
from resefa.errors import MissingExtraError, ModelError, WeightsError

_MODULES = runpy.run_path(str(Path(__file__).parent / "tfhub_modules.py"))
SHALLOW, _, _ = frozen("biggan", "chunks_64")
DEEP, _, _ = frozen("biggan_deep", "published")
SHALLOW_VARIABLES = _MODULES["original_variables"](SHALLOW)
DEEP_VARIABLES, DEEP_CONSTANTS = _MODULES["deep_variables"](DEEP)
BOTH = pytest.mark.parametrize(
    "variables", [SHALLOW_VARIABLES, DEEP_VARIABLES | DEEP_CONSTANTS], ids=["biggan", "deep"]
)


def test_biggan_is_what_ajbrock_names():
    found = translated(SHALLOW_VARIABLES)
    wanted = {key: value for key, value in SHALLOW.items() if not key.endswith(".sv0")}
    assert found.keys() == wanted.keys()
    for key, value in wanted.items():
        assert torch.equal(found[key], value), key
    record = record_of_variables(SHALLOW_VARIABLES, "net")
    assert record.config == biggan_record(SHALLOW, "net", SETTINGS).config
    assert (record.source.format, record.source.entry) == ("TF-Hub BigGAN", "averaged weights")


def test_biggan_deep_is_what_hugging_face_names():
    found = translated(DEEP_VARIABLES | DEEP_CONSTANTS)
    assert found.keys() == DEEP.keys()
    for key, value in DEEP.items():
        if not key.endswith(("_u", "_v")):
            assert torch.equal(found[key], value), key
    record = record_of_variables(DEEP_VARIABLES | DEEP_CONSTANTS, "net")
    wanted = biggan_deep_record(DEEP, "net")
    assert record.config == wanted.config and record.tensors.keys() == wanted.tensors.keys()
    assert record.source.format == "TF-Hub BigGAN-deep"
    # The module divides by what one power step from its vector gives.
    key = "generator.layers.0.bn_0.scale"
    folded = fold_power_step(DEEP[f"{key}.weight_orig"], DEEP[f"{key}.weight_u"], EPS)
    assert (record.tensors["layers.0.bn_0.scale.weight"] - folded).abs().max() < 1e-12


@BOTH
def test_the_scope_of_a_graph_and_weights_without_averages_are_read(variables):
    wanted = translated(variables)
    scoped = translated({f"module/{key}": value for key, value in variables.items()})
    assert all(torch.equal(scoped[key], value) for key, value in wanted.items())
    plain = {key: value for key, value in variables.items() if "/ema_" not in key}
    found = translated(plain)
    assert found.keys() == wanted.keys()
    assert torch.equal(found["linear.weight" if "linear.weight" in found else "embeddings.weight"],
                       wanted["linear.weight" if "linear.weight" in found else "embeddings.weight"] + 1)  # fmt: skip
    assert record_of_variables(plain, "net").source.entry == "weights, not averaged"


@BOTH
def test_a_missing_variable_is_named(variables):
    needless = ("accumulation_counter", "global_step")
    for key in list(variables)[::3]:
        stem = key.rpartition("/")[0]
        if key.endswith(needless) or f"{key}/ema_0.9999" in variables or f"{key}/ema_b999900" in variables:
            continue
        less = {other: value for other, value in variables.items() if other != key}
        with pytest.raises(ModelError) as caught:
            record_of_variables(less, "net")
        if "GBlock" not in key and "attention" not in key and "_linear" not in key:
            assert stem in str(caught.value), key


@BOTH
def test_left_over_and_odd_variables_are_named(variables):
    average = next(key for key in variables if "/ema_" in key).rpartition("/")[2]
    extra = f"Generator/Extra/conv/w/{average}"
    with pytest.raises(ModelError, match=extra):
        translated(variables | {extra: np.zeros((1, 1, 2, 2), np.float32)})
    key = f"Generator/GBlock_1/conv0/w/{average}"
    for odd in (np.zeros((2, 2), np.float32), np.zeros((1, 1, 2, 2), np.int64), np.array("text"), np.zeros(0)):
        with pytest.raises(ModelError, match=key):
            translated(variables | {key: odd})
    key = "Generator/GBlock/conv0/u0"
    with pytest.raises(ModelError, match=key):
        record_of_variables(variables | {key: np.zeros((1, 3), np.float32)}, "net")


def test_another_network_and_attention_without_a_place_are_refused():
    with pytest.raises(ModelError, match="unsupported network"):
        translated({"dense/kernel": np.zeros(1)})
    with pytest.raises(ModelError, match="none"):
        translated({})
    key = "Generator/attention/theta/w/ema_b999900"
    with pytest.raises(ModelError, match="an attention layer with"):
        translated(SHALLOW_VARIABLES | {key: np.zeros((1, 1, 7, 1), np.float32)})
    key = "Generator/attention/theta/w/ema_0.9999"
    with pytest.raises(ModelError, match="attention layer with"):
        translated(DEEP_VARIABLES | DEEP_CONSTANTS | {key: np.zeros((1, 1, 7, 1), np.float32)})


def const(name, array):
    dims = [SimpleNamespace(size=size) for size in np.shape(array)]
    tensor = SimpleNamespace(tensor_shape=SimpleNamespace(dim=dims), array=np.asarray(array))
    return SimpleNamespace(name=name, op="Const", input=[], attr={"value": SimpleNamespace(tensor=tensor)})


def node(name, op, *inputs):
    return SimpleNamespace(name=name, op=op, input=list(inputs), attr=defaultdict(lambda: SimpleNamespace(i=0)))


def decode(tensor):
    return tensor.array


def test_constants_of_a_graph_are_worked_out():
    nodes = [const("a", [1.0, 2.0]), const("b", [3.0, 4.0]), node("c", "Identity", "b:0"),
             node("stack_1", "Pack", "a", "c", "^a"), const("stack_3", [[5.0], [6.0]])]  # fmt: skip
    found = constants(nodes, ["stack_1", "stack_3"], decode, "m")
    assert np.array_equal(found["stack_1"], [[1, 2], [3, 4]])
    assert np.array_equal(found["stack_3"], [[5], [6]])


@pytest.mark.parametrize(
    "nodes, words",
    [
        ([], "lacks the constant s"),
        ([node("s", "WriteFile", "s")], "WriteFile"),
        ([node("s", "Pack", "a"), node("a", "PyFunc")], "PyFunc"),
        ([node("s", "Pack", "a"), node("a", "Pack", "a", "a")], "Pack"),
        ([node("s", "Identity", "s")], "Identity"),
        ([node("s", "Pack")], "different shapes"),
        ([node("s", "Pack", "a", "b"), const("a", [1.0]), const("b", [1.0, 2.0])], "different shapes"),
        ([SimpleNamespace(**{**vars(const("s", np.zeros(1)[[]])), "attr": {"value": SimpleNamespace(
            tensor=SimpleNamespace(tensor_shape=SimpleNamespace(dim=[SimpleNamespace(size=1 << 40)])))}})], "damaged"),
    ],
)  # fmt: skip
def test_nothing_else_of_a_graph_is_evaluated(nodes, words):
    with pytest.raises(ModelError, match=words):
        constants(nodes, ["s"], decode, "m")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "variables").mkdir()
    (tmp_path / "variables" / "variables.index").write_bytes(b"")
    (tmp_path / "saved_model.pb").write_bytes(b"")
    return tmp_path


def test_without_tensorflow_the_extra_is_named(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    assert recognises_folder(folder) and not recognises_folder(folder / "variables")
    with pytest.raises(MissingExtraError, match=r"resefa\[tensorflow\]"):
        folder_record(folder)


def stand_in(monkeypatch, variables, nodes=(), fails=None):
    """What is used of TensorFlow, over variables that are at hand."""

    class OpError(Exception):
        pass

    def get_tensor(key):
        if key == fails:
            raise OpError("bad checksum\nsecond line")
        return variables[key]

    def load_checkpoint(prefix):
        assert prefix.endswith("variables/variables")
        shapes = {key: list(np.shape(value)) for key, value in variables.items()}
        return SimpleNamespace(get_tensor=get_tensor, get_variable_to_shape_map=lambda: shapes)

    class SavedModel:
        def ParseFromString(self, data):
            self.meta_graphs = [SimpleNamespace(graph_def=SimpleNamespace(node=list(nodes)))]

    tensorflow = ModuleType("tensorflow")
    tensorflow.errors = SimpleNamespace(OpError=OpError)
    tensorflow.train = SimpleNamespace(load_checkpoint=load_checkpoint)
    tensorflow.make_ndarray = decode
    pb2 = ModuleType("tensorflow.core.protobuf.saved_model_pb2")
    pb2.SavedModel = SavedModel
    protobuf = ModuleType("tensorflow.core.protobuf")
    protobuf.saved_model_pb2 = pb2
    for name, module in (("tensorflow", tensorflow), ("tensorflow.core", ModuleType("tensorflow.core")),
                         ("tensorflow.core.protobuf", protobuf), (pb2.__name__, pb2)):  # fmt: skip
        monkeypatch.setitem(sys.modules, name, module)


def test_a_folder_is_read_variable_by_variable(folder, monkeypatch):
    stand_in(monkeypatch, SHALLOW_VARIABLES)
    assert folder_record(folder).source.format == "TF-Hub BigGAN"
    nodes = [const(key, value) for key, value in DEEP_CONSTANTS.items()]
    stand_in(monkeypatch, DEEP_VARIABLES, nodes)
    record = folder_record(folder)
    wanted = record_of_variables(DEEP_VARIABLES | DEEP_CONSTANTS, "net")
    assert all(torch.equal(record.tensors[key], value) for key, value in wanted.tensors.items())


def test_a_damaged_folder_is_one_sentence(folder, monkeypatch):
    stand_in(monkeypatch, SHALLOW_VARIABLES, fails="linear/w/ema_b999900")
    with pytest.raises(WeightsError, match="bad checksum") as caught:
        folder_record(folder)
    assert "\n" not in str(caught.value)
    stand_in(monkeypatch, DEEP_VARIABLES)
    with pytest.raises(ModelError, match="lacks the constant stack_1"):
        folder_record(folder)
    (folder / "saved_model.pb").unlink()
    with pytest.raises(ModelError, match=r"no saved_model\.pb"):
        folder_record(folder)
