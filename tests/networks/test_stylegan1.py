"""StyleGAN1 against frozen outputs of GenForce's implementation in float64, and its derivatives against each other."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from resefa.checkpoints.families.stylegan1 import stylegan1_record
from resefa.networks.layers import doubling_kernel
from resefa.networks.stylegan1 import StyleGAN1Network

FOLDER = Path(__file__).parents[1] / "reference" / "stylegan1"
CONFIGS = sorted(path.stem for path in FOLDER.glob("*.safetensors"))
drawn = runpy.run_path(str(FOLDER.parent / "stylegan2" / "weights.py"))["drawn"]


@pytest.fixture(params=CONFIGS)
def case(request):
    with safe_open(FOLDER / f"{request.param}.safetensors", "pt") as file:
        frozen = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        shapes = json.loads(file.metadata()["shapes"])
        settings = json.loads(file.metadata()["settings"])
    record = stylegan1_record(drawn(shapes), request.param, settings)
    network = StyleGAN1Network(json.loads(json.dumps(record.config))).double().eval().requires_grad_(False)
    network.load_state_dict(record.tensors, strict=True)
    return network, frozen


def image_of(network, z, label=None):
    w = network.mapping(z, label)
    return network.synthesis(network.styles(w[:, None].expand(-1, network.num_layers, -1)))


def close(a, b, bound=1e-12):
    assert a.shape == b.shape
    assert (a - b).abs().max() <= bound * b.abs().max()


def test_outputs_and_tangents_are_the_references(case):
    network, frozen = case
    z, label = frozen["z"], frozen.get("label")
    close(network.mapping(z, label), frozen["w"])
    close(image_of(network, z, label), frozen["image"])
    close(network.synthesis(network.styles(frozen["ws"])), frozen["image_layered"])
    close(torch.func.jvp(lambda v: image_of(network, v, label), (z,), (frozen["dz"],))[1], frozen["jvp"])


def test_derivatives_agree_and_images_depend_on_their_own_code(case):
    network, frozen = case
    styles = network.styles(frozen["ws"])
    generator = torch.Generator().manual_seed(0)
    tangents = torch.randn((3, *styles.shape), generator=generator, dtype=styles.dtype)

    def push(v):
        return torch.func.jvp(network.synthesis, (styles,), (v,))[1]

    single = torch.stack([push(v) for v in tangents])
    close(torch.func.vmap(push)(tangents), single)
    images, pull = torch.func.vjp(network.synthesis, styles)
    u = torch.randn(images.shape, generator=generator, dtype=images.dtype)
    forward = (single[0] * u).sum()
    assert abs(forward - (pull(u)[0] * tangents[0]).sum()) <= 1e-10 * abs(forward)
    leaf = styles.clone().requires_grad_()
    (network.synthesis(leaf) * u).sum().backward()
    close(leaf.grad, pull(u)[0])
    for i in range(len(images)):
        close(network.synthesis(styles[i : i + 1]), images[i : i + 1])


def test_noise_can_be_given_or_left_out(case):
    network, frozen = case
    styles = network.styles(frozen["ws"])
    buffers = [network.get_submodule(f"synthesis.{layer.name}").noise_const for layer in network.style_layers]
    assert [tuple(value.shape) for value in buffers] == list(network.noise_shapes)
    close(network.synthesis(styles, buffers), frozen["image_layered"])
    close(network.synthesis(styles, "none"), network.synthesis(styles, [value * 0 for value in buffers]))


def test_float32_loses_its_rounding_only(case):
    network, frozen = case
    image = image_of(network.float(), frozen["z"].float(), frozen["label"].float() if "label" in frozen else None)
    assert image.dtype == torch.float32
    assert (image - frozen["image"]).abs().max() <= 1e-5 * frozen["image"].abs().max()


def test_the_doubling_kernel_doubles_and_convolves():
    x, weight = torch.randn(2, 3, 5, 4).double(), torch.randn(4, 3, 3, 3).double()
    doubled = x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    for flipped in (False, True):
        turned = weight.flip(2, 3) if flipped else weight
        wanted = torch.nn.functional.conv2d(doubled, turned, padding=1)
        kernel = doubling_kernel(weight, flipped)
        close(torch.nn.functional.conv_transpose2d(x, kernel, stride=2, padding=1), wanted)
