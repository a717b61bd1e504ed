"""StyleGAN3 against frozen outputs of NVIDIA's implementation in float64, and its derivatives against each other."""

from __future__ import annotations

import json
import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.signal
import scipy.special
import torch
from safetensors import safe_open
from torch.nn import functional as F

from resefa.checkpoints.families.stylegan3 import stylegan3_record
from resefa.errors import LatentError
from resefa.networks.stylegan3 import StyleGAN3Network
from resefa.networks.stylegan3.filters import low_pass
from resefa.networks.stylegan3.resampling import Activation, Resampling, filtered_leaky_relu

FOLDER = Path(__file__).parents[1] / "reference" / "stylegan3"
CONFIGS = sorted(path.stem for path in FOLDER.glob("*.safetensors"))
drawn = runpy.run_path(str(FOLDER / "weights.py"))["drawn"]


def opened(name, filters=True):
    """The network of a frozen configuration, in float64, and the reference's tensors."""
    with safe_open(FOLDER / f"{name}.safetensors", "pt") as file:
        frozen = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        about = file.metadata()
    tensors = drawn(json.loads(about["shapes"]), int(about["seed"]))
    if filters:
        tensors |= {k.removeprefix("filter."): v for k, v in frozen.items() if k.startswith("filter.")}
    record = stylegan3_record(tensors, name, json.loads(about["settings"]))
    network = StyleGAN3Network(json.loads(json.dumps(record.config))).double().requires_grad_(False)
    network.load_state_dict(record.tensors, strict=True)
    return network, frozen


def image_of(network, z, label=None):
    w = network.mapping(z, label)
    return network.synthesis(network.styles(w[:, None].expand(-1, network.num_layers, -1)))


def close(a, b, bound=1e-12):
    assert a.shape == b.shape
    assert (a - b).abs().max() <= bound * b.abs().max()


@pytest.fixture(autouse=True)
def one_thread():
    """Small tensors: threads would only wait for each other, for minutes on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(params=CONFIGS)
def case(request):
    return opened(request.param)


def test_outputs_and_tangents_are_the_references(case):
    network, frozen = case
    z, label = frozen["z"], frozen.get("label")
    close(network.mapping(z, label), frozen["w"])
    image, tangent = torch.func.jvp(lambda z: image_of(network, z, label), (z,), (frozen["dz"],))
    close(image, frozen["image"])
    close(tangent, frozen["jvp"])
    styles = network.styles(frozen["ws"])
    close(network.synthesis(styles), frozen["image_layered"])
    assert styles.shape[1] == sum(layer.channels for layer in network.style_layers)
    assert [layer.layer for layer in network.style_layers] == list(range(network.num_layers))
    assert image.shape[1:] == (network.channels, *network.resolution)


def test_products_agree_and_run_many_at_once(case):
    network, frozen = case
    z, label = frozen["z"][:1], frozen["label"][:1] if "label" in frozen else None
    styles = network.styles(network.mapping(z, label)[:, None].expand(-1, network.num_layers, -1))
    random = torch.Generator().manual_seed(0)
    tangents = torch.randn(2, *styles.shape, generator=random, dtype=z.dtype)
    at_once = torch.func.vmap(lambda v: torch.func.jvp(network.synthesis, (styles,), (v,))[1])(tangents)
    close(at_once[1], torch.func.jvp(network.synthesis, (styles,), (tangents[1],))[1])
    image, pull = torch.func.vjp(network.synthesis, styles)
    cotangent = torch.randn(image.shape, generator=random, dtype=z.dtype)
    forward, reverse = (at_once[0] * cotangent).sum(), (tangents[0] * pull(cotangent)[0]).sum()
    assert abs(forward - reverse) <= 1e-10 * at_once[0].norm() * cotangent.norm()


def test_an_image_depends_on_its_own_code_alone(case):
    network, frozen = case
    z, label = frozen["z"][:1], frozen["label"][:1].expand(2, -1) if "label" in frozen else None
    z = torch.cat([z, z + frozen["dz"][:1]])
    batch = image_of(network, z, label)
    single = [image_of(network, z[i : i + 1], None if label is None else label[i : i + 1]) for i in range(len(z))]
    close(batch, torch.cat(single))


def test_every_mode_of_differentiation_agrees():
    network, frozen = opened("t-16-conditional")
    w = network.mapping(frozen["z"], frozen["label"])[:1]
    styles = network.styles(w[:, None].expand(-1, network.num_layers, -1))
    image = network.synthesis
    random = torch.Generator().manual_seed(0)
    u = torch.randn(styles.shape, generator=random, dtype=styles.dtype)
    v = torch.randn(image(styles).shape, generator=random, dtype=styles.dtype).requires_grad_()
    leaf = styles.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(image(leaf), leaf, v, create_graph=True)
    close(gradient, torch.func.vjp(image, styles)[1](v)[0])
    (twice,) = torch.autograd.grad(gradient, v, u)
    close(twice, torch.func.jvp(image, (styles,), (u,))[1])
    pull = torch.func.vjp(image, styles)[1]
    many = torch.stack([v.detach(), 2 * v.detach()])
    close(torch.func.vmap(lambda v: pull(v)[0])(many), torch.stack([pull(v)[0] for v in many]))
    codes = torch.cat([styles, 1.1 * styles])
    close(torch.func.vmap(lambda s: image(s[None])[0])(codes), image(codes))
    square = lambda s: image(s).square().sum()  # noqa: E731
    forward_of_reverse = torch.func.jvp(torch.func.grad(square), (styles,), (u,))[1]
    reverse_of_forward = torch.func.grad(lambda s: torch.func.jvp(square, (s,), (u,))[1])(styles)
    close(forward_of_reverse, reverse_of_forward)


@pytest.mark.parametrize("name", ["t-16-conditional", "r-32"])
def test_filters_that_are_not_stored_are_designed(name):
    network, frozen = opened(name, filters=False)
    close(image_of(network, frozen["z"], frozen.get("label")), frozen["image"], 1e-7)


def test_designs_are_scipys():
    design = scipy.signal.firwin(numtaps=24, cutoff=3.1, width=2.7, fs=64)
    assert np.abs(low_pass(24, 3.1, 2.7, 64).numpy() - design).max() < 1e-8
    at = (np.arange(12) - 5.5) / 64
    radius = np.hypot(at[:, None], at[None])
    window = np.kaiser(12, scipy.signal.kaiser_beta(scipy.signal.kaiser_atten(12, 2.7 / 32)))
    design = scipy.special.j1(2 * np.pi * 3.1 * radius) / radius * np.outer(window, window)
    assert np.abs(low_pass(12, 3.1, 2.7, 64, radial=True).numpy() - design / design.sum()).max() < 1e-8


@pytest.mark.parametrize(
    "up, down, taps, down_taps", [(2, 2, 12, 12), (4, 2, 24, 12), (4, 4, 9, 7), (2, 1, 5, 1), (1, 1, 1, 1)]
)
@pytest.mark.parametrize("radial", [False, True])
@pytest.mark.parametrize("before", [-5, 0, 3])
def test_streams_are_up_filter_nonlinearity_down(up, down, taps, down_taps, radial, before):
    random = torch.Generator().manual_seed(up + taps)
    plan = Resampling(9, 5, up, down, taps, down_taps, before)
    x = torch.randn(2, 3, 9, 9, generator=random, dtype=torch.float64)
    scale, bias = torch.randn(2, 3, generator=random).double(), torch.randn(3, generator=random).double()
    rise = torch.randn(taps, generator=random).double()
    fall = torch.randn((down_taps, down_taps) if radial else (down_taps,), generator=random).double()
    fine = (plan.outputs - 1) * down + down_taps
    raised = torch.zeros(2, 3, 9 * up, 9 * up, dtype=torch.float64)
    raised[:, :, ::up, ::up] = x * scale[:, :, None, None] + bias[:, None, None]
    raised = F.pad(raised, [before, fine + taps - 1 - before - 9 * up] * 2)
    kernels = [torch.outer(rise, rise) * up**2, fall if radial else torch.outer(fall, fall)]
    up_kernel, down_kernel = (kernel.flip(0, 1).expand(3, 1, -1, -1) for kernel in kernels)
    y = (F.leaky_relu(F.conv2d(raised, up_kernel, groups=3), 0.2) * 1.5).clamp(-20, 20)
    wanted = F.conv2d(y, down_kernel, stride=down, groups=3)
    close(filtered_leaky_relu(x, scale, bias, (rise, fall), Activation(plan, 0.2, 1.5, 20.0)), wanted)


def test_a_few_channels_at_a_time_are_all_of_them(monkeypatch):
    network, frozen = opened("t-32")
    monkeypatch.setattr("resefa.networks.stylegan3.resampling._CHUNK", 1)
    close(image_of(network, frozen["z"]), frozen["image"])


def test_a_conditional_network_asks_for_its_label():
    network, frozen = opened("t-16-conditional")
    with pytest.raises(LatentError, match="length 5"):
        network.mapping(frozen["z"])


def test_names_of_the_style_space():
    network, _ = opened("t-32")
    assert network.style_layers[0].name == "input" and network.style_layers[0].channels == 4
    assert network.style_layers[1] == replace(network.style_layers[1], name="L0_36_6", layer=1, resolution=36)
    assert network.noise_shapes == () and network.w_avg.shape == (network.w_dim,)
