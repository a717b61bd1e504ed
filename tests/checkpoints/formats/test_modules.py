"""NVIDIA's PyTorch pickles, and whole modules saved with torch.save: read as data, opened as networks."""

from __future__ import annotations

import pytest
import torch
from checkpoints.formats.nvidia_pickles import module, write
from reference.small import small_tensors
from torch import nn

import resefa
from resefa.checkpoints.open import open_checkpoint
from resefa.errors import ModelError, ResefaError, WeightsError
from resefa.generators.registry import generator_of
from resefa.pickles import named_globals


def floats(family):
    tensors, settings, reader = small_tensors(family)
    tensors = {key: value.float() for key, value in tensors.items()}
    return tensors, reader(tensors, family, settings)


def layers(settings, conv="synthesis.b4.conv1"):
    """What NVIDIA's layers keep of their constructor's arguments."""
    return {
        "mapping.fc0": {"bias_gain": settings.get("lr_multiplier", 0.01), "activation": "lrelu"},
        conv: {"conv_clamp": settings.get("conv_clamp"), "activation": "lrelu"},
    }


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("family", ["stylegan2", "stylegan2-conditional"])
def test_a_pickle_gives_the_averaged_network_and_its_layers_settings(family, protocol, tmp_path):
    tensors, record = floats(family)
    other = {key: value + 1 for key, value in tensors.items()}
    made = [module(of, of=layers(record.config)) for of in (tensors, other)]
    found = open_checkpoint(write(tmp_path / "network.pkl", *made, protocol=protocol))
    assert found.source.entry == "G_ema"
    assert found.source.format == "NVIDIA PyTorch pickle"
    assert found.config == record.config
    assert all(torch.equal(found.tensors[key], record.tensors[key]) for key in record.tensors)


def test_stylegan3_with_its_own_settings(tmp_path):
    tensors, settings, reader = small_tensors("stylegan3")
    tensors = {key: value.float() for key, value in tensors.items()}
    record = reader(tensors, "reference", settings)
    made = module(
        tensors, of={"mapping.fc0": {"bias_gain": record.config["lr_multiplier"]}}, _init_kwargs=dict(settings)
    )
    found = open_checkpoint(write(tmp_path / "network.pkl", made))
    assert found.config == record.config
    generator, expected = (generator_of(each, "g") for each in (found, record))
    code = generator.sample(3)
    assert torch.equal(generator.synthesize(code), expected.synthesize(code))


def test_the_clamp_is_the_layers_not_the_release_default(tmp_path):
    tensors, record = floats("stylegan2")
    made = module(tensors, of=layers({**record.config, "conv_clamp": 123}))
    assert open_checkpoint(write(tmp_path / "a.pkl", made)).config["conv_clamp"] == 123.0


def test_buffers_that_are_not_kept_are_left_out(tmp_path):
    tensors, record = floats("stylegan2")
    made = module(
        tensors | {"scratch": torch.ones(3)}, of=layers(record.config), _non_persistent_buffers_set={"scratch"}
    )
    assert "scratch" not in open_checkpoint(write(tmp_path / "a.pkl", made)).tensors


def test_a_missing_and_a_left_over_tensor_are_named(tmp_path):
    tensors, _ = floats("stylegan2")
    less = {key: value for key, value in tensors.items() if key != "synthesis.b8.conv0.bias"}
    with pytest.raises(ModelError, match=r"synthesis\.b8\.conv0\.bias"):
        open_checkpoint(write(tmp_path / "less.pkl", module(less)))
    with pytest.raises(ModelError, match=r"synthesis\.b8\.extra\.weight"):
        open_checkpoint(write(tmp_path / "more.pkl", module(tensors | {"synthesis.b8.extra.weight": torch.ones(2)})))


def test_every_global_is_told(tmp_path):
    tensors, _ = floats("stylegan2")
    layout, names = named_globals(write(tmp_path / "a.pkl", module(tensors)))
    assert layout == "pickle"
    told = {each.name: each for each in names}
    assert "other readers" in told["torch_utils.persistence._reconstruct_persistent_obj"].remark
    assert "torch.FloatStorage" in told, "globals of embedded torch files are told too"
    assert all(each.harmless for each in names)


class Chain(nn.Sequential):
    """A user's own class: its name is in the file, its code is not needed."""


def chain():
    torch.manual_seed(0)
    return Chain(
        nn.ConvTranspose2d(6, 8, 4, 1, 0, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
        nn.ConvTranspose2d(8, 3, 4, 2, 1, bias=False), nn.Tanh(),
    ).eval()  # fmt: skip


@pytest.mark.parametrize("zipped", [True, False])
def test_a_whole_module_saved_with_torch_save_opens_once_its_class_is_allowed(tmp_path, zipped):
    network, path = chain(), tmp_path / "whole.pt"
    torch.save({"netG": network, "epoch": 3}, path, _use_new_zipfile_serialization=zipped)
    name = f"{Chain.__module__}.Chain"
    with pytest.raises(WeightsError, match=name.replace(".", r"\.")):
        resefa.load(path)
    generator = resefa.load(path, allow_globals=[name])
    code = generator.sample(0)
    with torch.no_grad():
        assert torch.allclose(generator.synthesize(code), network(code.values[:, :, None, None]), atol=1e-6)


def test_modules_that_hold_each_other_end(tmp_path):
    a, b = nn.Module(), nn.Module()
    a.inner, b.inner = b, a
    torch.save({"G": a}, tmp_path / "loop.pt")
    with pytest.raises(ResefaError):
        open_checkpoint(tmp_path / "loop.pt")
