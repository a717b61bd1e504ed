"""StyleGAN2 against frozen outputs of NVIDIA's implementation in float64, and its derivatives against each other."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from torch.utils._python_dispatch import TorchDispatchMode

from resefa.checkpoints.families.stylegan2 import stylegan2_record
from resefa.networks.stylegan2 import StyleGAN2Network
from resefa.networks.stylegan2.epilogue import plain_epilogue

FOLDER = Path(__file__).parents[1] / "reference" / "stylegan2"
CONFIGS = sorted(path.stem for path in FOLDER.glob("*.safetensors"))
drawn = runpy.run_path(str(FOLDER / "weights.py"))["drawn"]


def opened(name):
    """The network of a frozen configuration, in float64, and the reference's tensors."""
    with safe_open(FOLDER / f"{name}.safetensors", "pt") as file:
        frozen = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        shapes = json.loads(file.metadata()["shapes"])
        settings = json.loads(file.metadata()["settings"])
    record = stylegan2_record(drawn(shapes), name, settings)
    network = StyleGAN2Network(json.loads(json.dumps(record.config))).eval().requires_grad_(False)
    network.load_state_dict({key: value.float() for key, value in record.tensors.items()}, strict=True)
    network = network.double()
    network.load_state_dict(record.tensors, strict=True)
    return network, frozen


def layered(network, w):
    return w[:, None].expand(-1, network.num_layers, -1)


def image_of(network, z, label=None):
    return network.synthesis(network.styles(layered(network, network.mapping(z, label))))


@pytest.fixture(params=CONFIGS)
def case(request):
    return opened(request.param)


def close(a, b, bound=1e-12):
    assert a.shape == b.shape
    assert (a - b).abs().max() <= bound * b.abs().max()


def test_outputs_and_tangents_are_the_references(case):
    network, frozen = case
    z, label = frozen["z"], frozen.get("label")
    w = network.mapping(z, label)
    close(w, frozen["w"])
    close(image_of(network, z, label), frozen["image"])
    close(network.synthesis(network.styles(frozen["ws"])), frozen["image_layered"])
    close(network.synthesis(network.styles(layered(network, w)), "none"), frozen["image_plain"])
    close(torch.func.jvp(lambda v: image_of(network, v, label), (z,), (frozen["dz"],))[1], frozen["jvp"])


def test_given_noise_is_used_as_the_buffers_are(case):
    network, frozen = case
    styles = network.styles(frozen["ws"])
    buffers = [value for key, value in network.state_dict().items() if key.endswith("noise_const")]
    assert [tuple(value.shape) for value in buffers] == list(network.noise_shapes)
    close(network.synthesis(styles, buffers), frozen["image_layered"])
    with pytest.raises(ValueError, match="shapes"):
        network.synthesis(styles, [*buffers, torch.zeros(4, 4)])


def test_forward_and_reverse_products_agree_in_z_and_s(case):
    network, frozen = case
    label = frozen.get("label")
    for function, at in (
        (lambda v: image_of(network, v, label), frozen["z"]),
        (network.synthesis, network.styles(frozen["ws"])),
    ):
        generator = torch.Generator().manual_seed(0)
        v = torch.randn(at.shape, generator=generator, dtype=at.dtype)
        image, tangent = torch.func.jvp(function, (at,), (v,))
        u = torch.randn(image.shape, generator=generator, dtype=at.dtype)
        pulled = torch.func.vjp(function, at)[1](u)[0]
        leaf = at.clone().requires_grad_()
        (function(leaf) * u).sum().backward()
        forward = (tangent * u).sum()
        assert abs(forward - (v * pulled).sum()) <= 1e-10 * abs(forward)
        close(leaf.grad, pulled)


def test_many_tangents_at_once_are_the_single_ones(case):
    network, frozen = case
    styles = network.styles(frozen["ws"])
    generator = torch.Generator().manual_seed(1)
    tangents = torch.randn((3, *styles.shape), generator=generator, dtype=styles.dtype)

    def push(v):
        return torch.func.jvp(network.synthesis, (styles,), (v,))[1]

    close(torch.func.vmap(push)(tangents), torch.stack([push(v) for v in tangents]))
    close(torch.func.vmap(push, chunk_size=2)(tangents), torch.stack([push(v) for v in tangents]))
    image = network.synthesis(styles)
    pull = torch.func.vjp(network.synthesis, styles)[1]
    cotangents = torch.randn((2, *image.shape), generator=generator, dtype=image.dtype)
    close(torch.func.vmap(pull)(cotangents)[0], torch.stack([pull(u)[0] for u in cotangents]))


@pytest.mark.parametrize("clamp", [None, 0.5])
def test_reverse_products_are_those_of_ordinary_operations(case, clamp, monkeypatch):
    network, frozen = case
    network.synthesis.clamp = clamp
    # Noise that matters.
    for key, value in network.named_parameters():
        if key.endswith("noise_strength"):
            value.fill_(0.3)
    styles = network.styles(frozen["ws"])
    generator = torch.Generator().manual_seed(2)
    cotangents = torch.randn((3, *network.synthesis(styles).shape), generator=generator, dtype=styles.dtype)

    def gradients():
        pull = torch.func.vjp(network.synthesis, styles)[1]
        return torch.func.vmap(pull)(cotangents)[0]

    v = torch.randn(styles.shape, generator=generator, dtype=styles.dtype)
    tangent = torch.func.jvp(network.synthesis, (styles,), (v,))[1]
    found = gradients()
    forward, back = (tangent * cotangents).flatten(1).sum(1), (v * found).flatten(1).sum(1)
    assert (forward - back).abs().max() <= 1e-10 * forward.abs().max()
    monkeypatch.setattr("resefa.networks.stylegan2.layers.epilogue", plain_epilogue)
    close(found, gradients())


def test_reverse_products_share_convolutions_and_leave_weights_alone():
    network, frozen = opened("skip")
    styles = network.styles(frozen["ws"][:1])

    class Convolutions(TorchDispatchMode):
        def __init__(self):
            super().__init__()
            self.batches, self.others = [], []

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            if "convolution_backward" in str(func):
                self.others.append(func)
            elif "convolution" in str(func):
                self.batches.append(len(args[0]))
            return func(*args, **(kwargs or {}))

    pull = torch.func.vjp(network.synthesis, styles)[1]
    image = network.synthesis(styles)
    with torch.no_grad(), Convolutions() as seen:
        torch.func.vmap(pull)(torch.ones(5, *image.shape, dtype=image.dtype))
    convolutions = sum("conv" in layer.name for layer in network.style_layers)
    upsamplings = sum("torgb" in layer.name for layer in network.style_layers) - 1
    assert not seen.others and sorted(seen.batches) == [5] * convolutions + [15] * upsamplings


def test_an_image_depends_on_its_own_code_only(case):
    network, frozen = case
    images = network.synthesis(network.styles(frozen["ws"]))
    for i in range(len(images)):
        close(network.synthesis(network.styles(frozen["ws"][i : i + 1])), images[i : i + 1])


def test_float32_stays_float32_and_loses_its_rounding_only(case):
    network, frozen = case
    image = image_of(network.float(), frozen["z"].float(), frozen["label"].float() if "label" in frozen else None)
    assert image.dtype == torch.float32
    assert (image - frozen["image"]).abs().max() <= 1e-5 * frozen["image"].abs().max()


def test_style_layers_name_the_modules_in_the_order_of_use():
    network, _ = opened("skip")
    assert [(layer.name, layer.layer) for layer in network.style_layers[:6]] == [
        ("b4.conv1", 0), ("b4.torgb", 1), ("b8.conv0", 1), ("b8.conv1", 2), ("b8.torgb", 3), ("b16.conv0", 3),
    ]  # fmt: skip
    assert network.num_layers == 8 and network.style_layers[-1].layer == 7
    for layer in network.style_layers:
        assert network.get_submodule(f"synthesis.{layer.name}.affine").bias.numel() == layer.channels
    network, _ = opened("orig")
    assert [layer.name for layer in network.style_layers if "torgb" in layer.name] == ["b16.torgb"]


def test_a_rectangular_const_makes_rectangular_images():
    config = {
        "z_dim": 4, "label_dim": 0, "embed_dim": 0, "w_dim": 4, "mapping_widths": [4], "lr_multiplier": 0.01,
        "blocks": [4, 8, 16], "widths": [6, 5, 4], "const": [4, 6], "channels": 3, "architecture": "skip",
        "noise": True, "conv_clamp": None,
    }  # fmt: skip
    network = StyleGAN2Network(config)
    assert network.resolution == (16, 24)
    assert image_of(network, torch.randn(2, 4)).shape == (2, 3, 16, 24)
    assert network.noise_shapes == ((4, 6), (8, 12), (8, 12), (16, 24), (16, 24))
