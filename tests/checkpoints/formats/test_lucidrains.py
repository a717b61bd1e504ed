"""lucidrains' StyleGAN2 files: what its own code made of the same weights, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from resefa.checkpoints.families.stylegan2_lucidrains import recognises
from resefa.checkpoints.formats import lucidrains
from resefa.errors import ModelError
from resefa.networks.stylegan2_lucidrains import StyleGAN2LucidrainsNetwork

FOLDER = Path(__file__).parents[2] / "reference" / "formats" / "lucidrains"
CONFIGS = ("plain", "attention", "transparent", "no-const", "old-norm")


def opened(name):
    """(content as ``torch.load`` gives it, settings, the reference's inputs and outputs)."""
    with safe_open(FOLDER / f"{name}.safetensors", "pt") as file:
        stored = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        about = file.metadata()
    averaged = {key.removeprefix("GAN."): value for key, value in stored.items() if key.startswith("GAN.")}
    training = {key.replace("E.", ".", 1): value + 1 for key, value in averaged.items()}
    content = {"GAN": averaged | training | {"D.to_logit.bias": torch.zeros(1)}, "version": about["version"]}
    return content, json.loads(about["settings"]), stored


def network_of(record):
    network = StyleGAN2LucidrainsNetwork(json.loads(json.dumps(record.config))).double()
    network.load_state_dict(dict(record.tensors), strict=True)
    return network.eval().requires_grad_(False)


def shown(image):
    """The reference's image as ours: over white where transparent, in [-1, 1]."""
    if image.shape[1] == 4:
        image = image[:, :3] * image[:, 3:] + 1 - image[:, 3:]
    return image * 2 - 1


def close(a, b, bound=1e-12):
    assert a.shape == b.shape
    assert (a - b).abs().max() <= bound * b.abs().max()


@pytest.fixture(params=CONFIGS)
def case(request):
    content, settings, stored = opened(request.param)
    network = network_of(lucidrains.record(content, request.param, settings))

    def image_of(z):
        ws = network.mapping(z)[:, None].expand(-1, network.num_layers, -1)
        return network.synthesis(network.styles(ws), [torch.special.ndtri(stored["noise"])])

    return network, stored, image_of


def test_outputs_are_the_references(case):
    network, stored, image_of = case
    close(network.mapping(stored["z"]), stored["w"])
    close(image_of(stored["z"]), shown(stored["image"]))
    noise = [torch.special.ndtri(stored["noise"])]
    close(network.synthesis(network.styles(stored["ws"][:1]), noise), shown(stored["image_layered"]))
    _, tangent = torch.func.jvp(image_of, (stored["z"],), (stored["dz"],))
    image, difference = stored["image"], stored["difference"].double()
    wanted = torch.func.jvp(shown, (image,), (difference,))[1]
    assert (tangent - wanted).norm() <= 1e-7 * wanted.norm()


def test_derivatives_agree_and_images_depend_on_their_own_code(case):
    network, stored, _ = case
    styles = network.styles(stored["ws"])
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
    for i in range(len(images)):
        close(network.synthesis(styles[i : i + 1]), images[i : i + 1])


def test_the_centre_of_w_is_the_mean_of_its_codes():
    content, settings, _ = opened("plain")
    network = network_of(lucidrains.record(content, "g", settings))
    z = torch.randn(20_000, network.z_dim, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    w = network.mapping(z)
    assert ((w.mean(0) - network.w_avg) / w.std(0)).abs().max() < 0.1


def test_noise_is_uniform_and_can_be_left_out():
    content, settings, stored = opened("plain")
    network = network_of(lucidrains.record(content, "g", settings))
    styles = network.styles(stored["ws"])
    assert network.noise_shapes == ((32, 32),)
    close(network.synthesis(styles, "none"), network.synthesis(styles, [torch.zeros(32, 32).double()]))
    close(network.synthesis(styles), network.synthesis(styles, [network.synthesis.noise_const]))
    assert not torch.equal(network.synthesis(styles), network.synthesis(styles, "none"))


def test_the_running_average_is_taken_where_there_is_one():
    content, settings, _ = opened("plain")
    record = lucidrains.record(content, "g", settings)
    assert (record.source.format, record.source.entry) == ("lucidrains StyleGAN2", "SE, GE")
    assert torch.equal(record.tensors["synthesis.initial"][None], content["GAN"]["GE.initial_block"])
    training = {key: value for key, value in content["GAN"].items() if key[1] == "."}
    assert lucidrains.recognises(training) and recognises(training)
    record = lucidrains.record(training, "g", settings)
    assert record.source.entry == "S, G"
    assert torch.equal(record.tensors["synthesis.initial"][None], content["GAN"]["G.initial_block"])


def test_what_the_tensors_do_not_tell_is_said():
    content, _, _ = opened("transparent")
    notes = " ".join(lucidrains.record(content, "g").source.notes)
    assert "lr_mlp" in notes and "1.9.0" in notes and "white" in notes
    assert lucidrains.record(content, "g", {"lr_mlp": 0.01}).config["lr_mlp"] == 0.01
    for version, old in (("1.8.7", True), ("1.8.8", False), ("later", False), (None, False)):
        content = opened("attention")[0] | {"version": version}
        assert lucidrains.record(content, "g").config["eps_on_deviation"] is old


@pytest.mark.parametrize("odd", [{}, {"GAN": None}, {"GAN": {3: 4}}, {"GAN": [1]}, {4: 5, "version": torch.zeros(1)}])
def test_odd_content_is_not_recognised(odd):
    assert not lucidrains.recognises(odd)


def changed(name, **changes):
    content, settings, _ = opened(name)
    tensors = {key: value for key, value in content["GAN"].items() if changes.get(key, 0) is not None}
    return content | {"GAN": tensors | {key: value for key, value in changes.items() if value is not None}}, settings


def test_every_tensor_is_needed_and_a_missing_one_is_named():
    content, settings, _ = opened("attention")
    needed = [key for key in content["GAN"] if key.startswith(("SE.", "GE.")) and not key.endswith("upsample.1.f")]
    for key in needed:
        less, _ = changed("attention", **{key: None})
        with pytest.raises(ModelError):
            lucidrains.record(less, "g", settings)
    for key in ("SE.net.2.bias", "GE.blocks.1.to_noise2.weight", "GE.attns.2.0.fn.norm.b", "GE.initial_conv.bias"):
        with pytest.raises(ModelError, match=f"lacks the tensor {key}"):
            lucidrains.record(*[changed("attention", **{key: None})[0], "g", settings])


def test_left_over_and_misshapen_tensors_are_named():
    for key in ("GE.extra", "GE.blocks.0.extra", "other.weight", "SE.net.0.extra"):
        with pytest.raises(ModelError, match=f"{key}"):
            lucidrains.record(changed("plain", **{key: torch.zeros(1)})[0], "g")
    with pytest.raises(ModelError, match=r"GE\.blocks\.1\.to_style1\.bias has shape \(9,\)"):
        lucidrains.record(changed("plain", **{"GE.blocks.1.to_style1.bias": torch.zeros(9)})[0], "g")


def test_what_is_not_built_is_refused():
    blurs = {f"GE.blocks.{i}.to_rgb.upsample.1.f": None for i in range(4)}
    with pytest.raises(ModelError, match="1.1.0"):
        lucidrains.record(changed("plain", **blurs)[0], "g")
    with pytest.raises(ModelError, match="5 channels"):
        lucidrains.record(changed("plain", **{"GE.blocks.3.to_rgb.conv.weight": torch.zeros(5, 4, 1, 1)})[0], "g")
    with pytest.raises(ModelError, match="heads"):
        lucidrains.record(changed("attention", **{"GE.attns.2.0.fn.fn.to_q.weight": torch.zeros(9, 4, 1, 1)})[0], "g")
    with pytest.raises(ModelError, match=r"\[0, 4\]"):
        lucidrains.record(changed("plain", **{"SE.net.2.weight": None, "SE.net.2.bias": None})[0], "g")
