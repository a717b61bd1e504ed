"""Which network of a file is taken, whatever training code put around it."""

from __future__ import annotations

import collections
import itertools

import pytest
import torch
from reference.formats.ported import float32, plus_one, ported
from reference.small import small_tensors
from torch import nn

from resefa.checkpoints.detect import record_of
from resefa.checkpoints.entries.names import AVERAGE, OTHER, PLAIN, SETTINGS, TRAINING, rank
from resefa.checkpoints.open import open_checkpoint
from resefa.errors import ModelError

ROSINALITY = float32(ported("rosinality_stylegan2", "smallest")[0])
NVIDIA = {key: value.float() for key, value in small_tensors("stylegan2")[0].items()}
CHAIN = nn.Sequential(
    nn.ConvTranspose2d(6, 8, 4, 1, 0), nn.BatchNorm2d(8), nn.ConvTranspose2d(8, 3, 4, 2, 1)
).state_dict()
KINDS = {"rosinality": ROSINALITY, "nvidia": NVIDIA, "dcgan": CHAIN}
D = {
    "head.weight": torch.zeros(2, 2),
    "main.0.weight": torch.zeros(8, 3, 4, 4),
    "main.1.weight": torch.zeros(16, 8, 4, 4),
}


def under(prefix, state):
    return {f"{prefix}.{key}": value for key, value in state.items()}


def taken(content, entry=None):
    """The entry that a file's record names, once its tensors are seen to be those of the averaged generator."""
    record = record_of(content, "file.pt", None, entry)
    return record.source.entry, sum(float(value.double().sum()) for value in record.tensors.values())


def sum_of(state):
    record = record_of(state, "file.pt")
    return sum(float(value.double().sum()) for value in record.tensors.values())


@pytest.fixture(params=KINDS)
def pair(request):
    """A generator, its average, and what tells the average."""
    average = KINDS[request.param]
    raw = {
        key: value if "kernel" in key or "filter" in key or "batches" in key else value + 0.5
        for key, value in average.items()
    }
    return raw, average, sum_of(average)


PAIRS = [
    ("netG", "netG_ema"), ("params", "params_ema"), ("G", "G_EMA"), ("generator", "generator_ema_0999"), ("model", "model_ema"),
    ("state_dict", "state_dict_ema"), ("G_state_dict", "G_ema_state_dict"), ("net", "ema_net"), ("g_sd", "g_ema_sd"),
    ("generator", "ema_generator"), ("gen", "gen_smooth"), ("generator", "generator_smooth"), ("model", "ema_model"),
    ("G", "Gs"), ("model", "shadow"), ("g", "g_running"), ("G", "avgG"), ("model", "averaged_model"), ("netG", "netGema"),
    ("generator", "EMAGenerator"), ("current_model_state", "state_dict"), ("model_no_ema", "model"), ("model", "swa_model"),
    ("model", "modelEMA"), ("online_model", "model"),
]  # fmt: skip


@pytest.mark.parametrize(("raw_name", "name"), PAIRS)
def test_the_averaged_generator_is_taken_under_any_usual_name(pair, raw_name, name):
    raw, average, wanted = pair
    for content in ({raw_name: raw, name: average}, {name: average, raw_name: raw, "D": D}):
        assert taken(content) == (name, pytest.approx(wanted))
    # All in one state dict, as Lightning has it.
    joined = under(raw_name, raw) | under(name, average) | under("discriminator", D)
    if "dict" not in name and "params" not in name and "shadow" not in name and name != "current_model_state":
        assert taken({"epoch": 3, "state_dict": joined}) == (f"state_dict.{name}", pytest.approx(wanted))


WRAPPERS = ("module", "_orig_mod", "_forward_module", "model", "net", "generator", "pl_module", "anything_else")


@pytest.mark.parametrize("order", list(itertools.permutations(WRAPPERS, 2)))
def test_wrappers_are_seen_through_in_any_order(order):
    state = under(order[0], under(order[1], ROSINALITY)) | {"n_averaged": torch.tensor(7)}
    assert taken({"g_ema": state})[1] == pytest.approx(sum_of(ROSINALITY))
    assert taken(state)[1] == pytest.approx(sum_of(ROSINALITY))


def test_wrappers_within_a_network_are_seen_through():
    state = {
        key.replace("convs.", "convs.module.").replace("style.", "style._orig_mod."): value
        for key, value in ROSINALITY.items()
    }
    assert taken({"g_ema": under("module", state)})[1] == pytest.approx(sum_of(ROSINALITY))


def test_averages_of_torch_and_of_other_libraries():
    raw, wanted = plus_one(ROSINALITY), sum_of(ROSINALITY)
    swa = {"g": raw, "g_ema": {"n_averaged": torch.tensor(7), **under("module", ROSINALITY)}}
    ema_pytorch = {
        "initted": torch.tensor(True),
        "step": torch.tensor(9),
        **under("online_model", raw),
        **under("ema_model", ROSINALITY),
    }
    timm = {"state_dict": raw, "state_dict_ema": ROSINALITY, "optimizer": {"state": {0: {"exp_avg": torch.zeros(2)}}}}
    yolo = {"model": raw, "ema": (ROSINALITY, 1000), "updates": 1000}
    for content, entry in ((swa, "g_ema"), (ema_pytorch, "ema_model"), (timm, "state_dict_ema"), (yolo, "ema[0]")):
        assert taken(content) == (entry, pytest.approx(wanted))


def test_averages_of_parameters_alone_take_the_buffers_beside_them():
    raw = {key: value.clone() for key, value in CHAIN.items()}
    parameters = {key: value + 1 for key, value in raw.items() if "running" not in key and "batches" not in key}
    wanted = sum_of(raw | parameters)
    dotless = {key.replace(".", ""): value for key, value in parameters.items()}
    in_order = {"decay": 0.999, "num_updates": 5, "shadow_params": list(parameters.values()), "collected_params": None}
    for average in (parameters, {"shadow": parameters}, dotless | {"decay": torch.tensor(0.9)}, in_order):
        record = record_of({"netG": raw, "netG_ema": average}, "file.pt")
        assert sum(float(value.double().sum()) for value in record.tensors.values()) == pytest.approx(wanted)
        assert "buffers are those of netG" in record.source.notes[-1]


def test_an_average_without_a_weight_is_not_completed():
    less = {key: value for key, value in CHAIN.items() if key != "0.weight"}
    with pytest.raises(ModelError):
        taken({"netG": CHAIN, "netG_ema": less}, "netG_ema")


def test_two_of_equal_rank_are_refused_by_name_and_chosen_by_name(pair):
    raw, average, wanted = pair
    for content, names in (
        ({"A": raw, "B": average}, ("A", "B")),
        ({"generator_ema_09": raw, "generator_ema_099": average}, ("generator_ema_09", "generator_ema_099")),
        ([raw, average], ("[0]", "[1]")),
        ({"models": [raw, average]}, ("models[0]", "models[1]")),
    ):
        with pytest.raises(ModelError, match="2 different generators.*entry=") as said:
            record_of(content, "file.pt")
        assert all(name in str(said.value) for name in names)
        assert taken(content, names[1]) == (names[1], pytest.approx(wanted))


def test_equal_copies_are_no_question(pair):
    _, average, wanted = pair
    copy = {key: value.clone() for key, value in average.items()}
    assert taken({"A": average, "B": copy}) == ("A", pytest.approx(wanted))


def test_an_entry_is_named_whole_or_in_part(pair):
    raw, average, wanted = pair
    content = {"state": {"netG": raw, "netG_ema": average}, "copy": {"ema": {"netG": raw}}}
    for entry in ("state.netG_ema", "netG_ema"):
        assert taken(content, entry) == ("state.netG_ema", pytest.approx(wanted))
    assert taken(content, "state.netG")[0] == "state.netG"
    assert taken(content, "state")[0] == "state.netG_ema"
    with pytest.raises(ModelError, match=r"no generator with the entry name netD; choose one of .*netG_ema"):
        record_of(content, "file.pt", None, "netD")


def test_lists_of_state_dicts(pair):
    raw, average, wanted = pair
    assert taken([average, D]) == ("[0]", pytest.approx(wanted))
    assert taken((raw, D, average)) == ("[2]", pytest.approx(wanted))
    assert taken({"state_dicts": [D, average]}) == ("state_dicts[1]", pytest.approx(wanted))


def test_the_others_are_told(pair):
    raw, average, _ = pair
    assert record_of({"netG": raw, "netG_ema": average}, "file.pt").source.others == ("netG",)


def test_settings_and_optimizers_are_no_generators():
    raw, wanted = plus_one(ROSINALITY), sum_of(ROSINALITY)
    assert taken({"state_dict": under("G", ROSINALITY), "hyper_parameters": {"generator": raw}})[1] == pytest.approx(
        wanted
    )
    assert taken({"model": ROSINALITY, "optimizer": {"exp_avg": raw}})[1] == pytest.approx(wanted)


def test_names_say_what_an_entry_is():
    for name in ("g_ema", "GE", "netG_EMA", "modelEma", "ema_pytorch", "avg_model", "polyak", "moving_average"):
        assert rank((name,)) == AVERAGE, name
    for name in ("G", "schema", "cinema", "netG", "model", "theme"):
        assert rank((name,)) == PLAIN, name
    assert rank(("ema", "discriminator")) == OTHER
    assert rank(("hyper_parameters", "generator")) == SETTINGS
    assert rank(("no_ema",)) == TRAINING


def test_averages_without_points_in_one_state_dict_with_the_network():
    raw = {key: value.clone() for key, value in CHAIN.items()}
    parameters = {key: value + 1 for key, value in raw.items() if "running" not in key and "batches" not in key}
    joined = under("model", raw) | {f"model_ema.{key.replace('.', '')}": value for key, value in parameters.items()}
    joined |= {"model_ema.decay": torch.tensor(0.9), "model_ema.num_updates": torch.tensor(3)}
    assert taken({"state_dict": joined}) == ("state_dict.model_ema", pytest.approx(sum_of(raw | parameters)))


def test_an_average_beside_the_network_it_averages_within_one_object():
    parameters = {key: value + 1 for key, value in CHAIN.items() if "running" not in key and "batches" not in key}
    content = {"ema": {"model": CHAIN, "shadow": parameters}}
    assert taken(content) == ("ema.shadow", pytest.approx(sum_of(CHAIN | parameters)))
    assert taken(content, "ema.model") == ("ema.model", pytest.approx(sum_of(CHAIN)))


def test_whole_modules_in_torchs_own_wrappers(tmp_path):
    network = nn.Sequential(
        nn.ConvTranspose2d(6, 8, 4), nn.BatchNorm2d(8), nn.ReLU(), nn.ConvTranspose2d(8, 3, 4, 2, 1), nn.Tanh()
    )
    wanted = sum_of(network.state_dict())
    wrapped = [nn.DataParallel(network), torch.optim.swa_utils.AveragedModel(network), torch.compile(network)]
    for i, module in enumerate(wrapped):
        torch.save({"g_ema": module}, tmp_path / f"{i}.pt")
        record = open_checkpoint(tmp_path / f"{i}.pt")
        assert (record.source.entry, sum(float(value.double().sum()) for value in record.tensors.values())) == (
            "g_ema",
            pytest.approx(wanted),
        )


def test_an_average_that_no_reader_knows_is_told():
    for average in ({"a.weight": torch.ones(2), "b.weight": torch.ones(2)}, {"shadow_params": [torch.ones(2)]}):
        record = record_of({"netG": CHAIN, "netG_ema": average}, "file.pt")
        assert record.source.entry == "netG"
        assert "netG_ema" in record.source.notes[-1] and "ignored" in record.source.notes[-1]


def test_other_ways_to_write_names_and_numbers():
    wanted = sum_of(NVIDIA)
    parts = {
        part: {key.removeprefix(f"{part}."): value for key, value in NVIDIA.items() if key.startswith(part)}
        for part in ("mapping", "synthesis")
    }
    paths = {key.replace(".", "/"): value for key, value in NVIDIA.items()}
    arrays = {key: value.numpy() for key, value in NVIDIA.items()}
    inverted = {"state_dict": under("encoder", D) | under("decoder", NVIDIA), "opts": {"lr": 1.0}}
    for content in (parts, paths, arrays, {"G_ema": arrays}, inverted):
        assert taken(content)[1] == pytest.approx(wanted)


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        {},
        3,
        "text",
        {"a": [1, 2]},
        {1: {2: torch.ones(1)}},
        [[[[]]]],
        {"G": {"": torch.ones(1), ".": torch.ones(1), "a..b": torch.ones(2)}},
    ],
)
def test_odd_content_holds_no_generator(content):
    assert record_of(content, "file.pt") is None


def test_many_names_and_deep_names_end_soon():
    wide = {f"{i}.{j}.weight": torch.zeros(1) for i in range(100) for j in range(100)}
    deep = {"a." * 3000 + "weight": torch.zeros(1)}
    nested: dict = {}
    for _ in range(300):
        nested = collections.OrderedDict({str(i): nested for i in range(30)})
    for content in (wide, deep, nested, [wide] * 1000):
        assert record_of(content, "file.pt") is None
