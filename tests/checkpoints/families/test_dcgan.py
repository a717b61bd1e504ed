"""DCGAN state dicts: layers by name or number, and the strides and paddings that no state dict holds."""

from __future__ import annotations

from collections import OrderedDict

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import resefa
from resefa.errors import ModelError, UsageError

KERNELS = ((3, 2, 0, 0), (4, 1, 1, 0), (3, 2, 1, 1))


def chain(geometry=((4, 1, 0, 0), (4, 2, 1, 0), (4, 2, 1, 0)), last: nn.Module | None = None, slope: float = 0):
    """A network of kernels, strides, paddings and output paddings; its batch norms hold statistics."""
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    widths = (6, 5, 4, 3)
    for i, (kernel, stride, padding, more) in enumerate(geometry):
        layers.append(nn.ConvTranspose2d(widths[i], widths[i + 1], kernel, stride, padding, more, bias=i == 2))
        if i < 2:
            norm = nn.BatchNorm2d(widths[i + 1])
            nn.init.normal_(norm.running_mean)
            layers += [norm, nn.LeakyReLU(slope) if slope else nn.ReLU()]
    return nn.Sequential(*layers, last or nn.Tanh()).eval()


def assert_same(generator, network):
    code = generator.sample(1)
    wanted = network(code.values[:, :, None, None]).detach()
    assert generator.resolution == tuple(wanted.shape[2:])
    assert torch.allclose(generator.synthesize(code), wanted, atol=1e-6)


def renamed(state, *names):
    stems = list(OrderedDict.fromkeys(key.rpartition(".")[0] for key in state))
    return {
        key.replace(key.rpartition(".")[0], names[stems.index(key.rpartition(".")[0])], 1): value
        for key, value in state.items()
    }


@pytest.mark.parametrize(
    "names",
    [
        ("tconv1", "bn1", "tconv2", "bn2", "tconv3"),
        ("deconv1", "deconv1_bn", "deconv2", "deconv2_bn", "deconv3"),
        ("main.8", "main.9", "main.10", "main.11", "main.12"),
        ("enter", "enter_norm", "middle", "middle_norm", "leave"),
        ("net.0.conv", "net.0.bn", "net.1.conv", "net.1.bn", "net.2.conv"),
    ],
)
def test_layers_are_told_apart_by_name_and_order(tmp_path, names):
    torch.save(renamed(chain().state_dict(), *names), tmp_path / "named.pth")
    assert_same(resefa.load(tmp_path / "named.pth"), chain())


def test_all_convolutions_may_stand_before_all_norms(tmp_path):
    state = renamed(chain().state_dict(), "deconv1", "bn1", "deconv2", "bn2", "deconv3")
    torch.save(dict(sorted(state.items(), key=lambda item: item[0].startswith("bn"))), tmp_path / "apart.pth")
    assert_same(resefa.load(tmp_path / "apart.pth"), chain())


def test_safetensors_sort_their_names(tmp_path):
    save_file(
        renamed(chain().state_dict(), "main.8", "main.9", "main.10", "main.11", "main.12"), tmp_path / "a.safetensors"
    )
    assert_same(resefa.load(tmp_path / "a.safetensors"), chain())


def test_files_older_than_the_counter_of_batches_open(tmp_path):
    old = {key: value for key, value in chain().state_dict().items() if "num_batches" not in key}
    torch.save(old, tmp_path / "old.pth")
    assert_same(resefa.load(tmp_path / "old.pth"), chain())


def test_a_geometry_that_no_state_dict_holds_is_asked_for_and_then_built(tmp_path):
    network = chain(KERNELS)
    torch.save(network.state_dict(), tmp_path / "course.pth")
    with pytest.raises(ModelError, match=r"kernels of 3, 4, 3.*settings=.'strides': .1, 2, 2"):
        resefa.load(tmp_path / "course.pth")
    stated = {"strides": [2, 1, 2], "paddings": [0, 1, 1], "output_paddings": [0, 0, 1]}
    assert_same(resefa.load(tmp_path / "course.pth", settings=stated), network)


def test_a_kernel_of_four_may_keep_another_geometry(tmp_path):
    geometry = ((4, 1, 0, 0), (4, 2, 1, 0), (4, 2, 3, 0))
    torch.save(chain(geometry).state_dict(), tmp_path / "mnist.pth")
    stated = {"strides": 2, "paddings": [0, 1, 3]}
    assert_same(resefa.load(tmp_path / "mnist.pth", settings=stated), chain(geometry))


@pytest.mark.parametrize("kernel, padding", [(3, 1), (5, 2), (6, 2), (2, 0), (1, 0)])
def test_only_kernels_of_four_are_taken_to_double(tmp_path, kernel, padding):
    torch.save(chain(((4, 1, 0, 0), (4, 2, 1, 0), (kernel, 1, padding, 0))).state_dict(), tmp_path / "last.pth")
    with pytest.raises(ModelError, match="strides"):
        resefa.load(tmp_path / "last.pth")


def test_activations_are_stated_too(tmp_path):
    network = chain(last=nn.Sigmoid(), slope=0.2)
    torch.save(network.state_dict(), tmp_path / "sigmoid.pth")
    generator = resefa.load(tmp_path / "sigmoid.pth", settings={"last_activation": "sigmoid", "negative_slope": 0.2})
    code = generator.sample(1)
    wanted = 2 * network(code.values[:, :, None, None]).detach() - 1
    assert torch.allclose(generator.synthesize(code), wanted, atol=1e-6)


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"stride": 2}, "did you mean strides"),
        ({"strides": 2}, "strides is given without paddings"),
        ({"strides": [1, 2], "paddings": 0}, "each of the 3 layers"),
        ({"strides": [1, 2, 0], "paddings": 0}, "from 1 to 64"),
        ({"strides": "wide", "paddings": 0}, "wide"),
        ({"strides": 2, "paddings": 9}, "output of layer 0 is"),
        ({"strides": 2, "paddings": 1, "output_paddings": 2}, "output padding 2"),
        ({"last_activation": "relu"}, "choose one of tanh"),
        ({"conv_clamp": 256}, "no setting conv_clamp"),
    ],
)
def test_settings_that_make_no_sense_are_refused(tmp_path, settings, words):
    torch.save(chain().state_dict(), tmp_path / "g.pth")
    with pytest.raises((ModelError, UsageError), match=words):
        resefa.load(tmp_path / "g.pth", settings=settings)


def test_what_the_file_does_not_state_is_noted(tmp_path):
    from resefa.generators.inspection import inspect

    torch.save(chain().state_dict(), tmp_path / "g.pth")
    notes = " ".join(inspect(tmp_path / "g.pth").facts()["notes"])
    assert "strides" in notes and "activations" in notes
    stated = {"strides": [1, 2, 2], "paddings": [0, 1, 1], "last_activation": "tanh"}
    assert "notes" not in inspect(tmp_path / "g.pth", stated=stated).facts()


def test_a_norm_of_other_channels_is_named(tmp_path):
    state = chain().state_dict() | {
        f"1.{leaf}": torch.ones(3) for leaf in ("weight", "bias", "running_mean", "running_var")
    }
    torch.save(state, tmp_path / "g.pth")
    with pytest.raises(ModelError, match="batch norm 1 does not follow"):
        resefa.load(tmp_path / "g.pth")


@pytest.mark.parametrize(
    "network",
    [
        chain(KERNELS), chain(((4, 1, 0, 0), (4, 1, 1, 0), (4, 2, 0, 0))), chain(slope=0.3), chain(last=nn.Sigmoid()),
    ],
)  # fmt: skip
def test_a_whole_module_states_its_geometry_and_activations(tmp_path, network):
    torch.save(network, tmp_path / "module.pt")
    generator = resefa.load(tmp_path / "module.pt")
    code = generator.sample(1)
    wanted = network(code.values[:, :, None, None]).detach()
    wanted = 2 * wanted - 1 if isinstance(network[-1], nn.Sigmoid) else wanted
    assert generator.resolution == tuple(wanted.shape[2:])
    assert torch.allclose(generator.synthesize(code), wanted, atol=1e-6)


@pytest.mark.parametrize(
    "place, layer, words",
    [
        (1, nn.BatchNorm2d(5, eps=0.1), "eps=0.1"),
        (2, nn.ELU(), "class ELU"),
        (2, nn.LeakyReLU(0.2), "several slopes"),
        (0, nn.ConvTranspose2d(6, 5, 4, dilation=2), "dilation=2"),
        (0, nn.ConvTranspose2d(6, 5, 4, stride=(1, 2)), "for both axes"),
    ],
)
def test_layers_of_a_whole_module_that_are_not_built_are_named(tmp_path, place, layer, words):
    network = chain()
    network[place] = layer
    torch.save(network, tmp_path / "module.pt")
    with pytest.raises(ModelError, match=words):
        resefa.load(tmp_path / "module.pt")
