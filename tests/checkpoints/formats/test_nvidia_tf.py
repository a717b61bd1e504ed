"""Generators of NVIDIA's TensorFlow code against its own images, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from checkpoints.formats.tf_networks import EXAMPLES, state, variables
from safetensors import safe_open

from resefa.checkpoints.formats.nvidia_tf import TFNetwork, flattened, record
from resefa.errors import ModelError
from resefa.networks.progan import ProGANNetwork
from resefa.networks.stylegan1 import StyleGAN1Network
from resefa.networks.stylegan2 import StyleGAN2Network

FROZEN = Path(__file__).parents[2] / "reference" / "formats" / "nvidia_tf"
NETWORKS = {"progan": ProGANNetwork, "stylegan1": StyleGAN1Network, "stylegan2": StyleGAN2Network}


def changed(example: str, drop: str = "", **more: np.ndarray) -> TFNetwork:
    network = flattened(state(example))
    kept = {key: value for key, value in network.variables.items() if key != drop}
    return TFNetwork(network.name, network.version, network.kwargs, kept | more)


def with_kwargs(example: str, **kwargs) -> TFNetwork:
    network = flattened(state(example))
    return TFNetwork(network.name, network.version, {**network.kwargs, **kwargs}, network.variables)


def image(found, z, label):
    network = NETWORKS[found.family](dict(found.config)).double()
    network.load_state_dict(found.tensors, strict=True)
    network.double()
    with torch.no_grad():
        if found.family == "progan":
            return network(z, label)
        w = network.mapping(z, label)
        return network.synthesis(network.styles(w[:, None].expand(-1, network.num_layers, -1)))


@pytest.mark.parametrize("example", EXAMPLES)
def test_images_are_those_of_the_reference(example):
    found = record(flattened(state(example)), "g.pkl")
    with safe_open(FROZEN / f"{example}.safetensors", "pt") as file:
        stride = int(file.metadata()["stride"])
        z, wanted = file.get_tensor("z"), file.get_tensor("image")
        label = file.get_tensor("label") if "label" in file.keys() else None  # noqa: SIM118
    error = (image(found, z, label)[..., ::stride, ::stride] - wanted).abs().max() / (wanted.max() - wanted.min())
    assert error < 1e-8
    family = EXAMPLES[example][0]
    assert found.family == family
    assert found.source.entry == "Gs"
    assert found.source.notes == ()
    assert found.source.format.lower() == f"nvidia tensorflow {family}"
    assert all(tensor.dtype == torch.float32 and tensor.is_contiguous() for tensor in found.tensors.values())


@pytest.mark.parametrize(
    "example", ["stylegan2-resnet", "stylegan2-grown", "stylegan2-ada-conditional", "stylegan1-plain", "progan-fused"]
)
def test_every_missing_variable_is_named(example):
    for key in variables(example):
        if key.endswith("lod") or ("ToRGB_lod" in key and "lod0" not in key):
            record(changed(example, drop=key), "g.pkl")  # Of the growing alone: not needed.
        elif key != "4x4/Dense/weight":  # What a ProGAN is known by.
            with pytest.raises(ModelError, match=rf"lacks the variable {key} "):
                record(changed(example, drop=key), "g.pkl")


@pytest.mark.parametrize("example", ["stylegan2-skip", "stylegan1-auto", "progan-plain"])
def test_left_over_and_misshapen_variables_are_named_as_in_the_file(example):
    for extra in ("synthesis/extra", "mapping/Dense0/gain", "64x64/Extra/weight", "noise\x1b[31m"):
        with pytest.raises(ModelError) as refused:
            record(changed(example, **{extra: np.zeros(1, np.float32)}), "g.pkl")
        assert extra.replace("\x1b", "\\x1b") in str(refused.value)
        assert str(refused.value).isprintable()
    for key, value in variables(example).items():
        if np.ndim(value) and ("lod" not in key or "lod0" in key):
            wrong = np.zeros((*np.shape(value), 1), np.float32)
            with pytest.raises(ModelError, match=f"variable {key} has shape"):
                record(changed(example, **{key: wrong}), "g.pkl")
            with pytest.raises(ModelError):
                record(changed(example, **{key: np.repeat(value, 3, axis=-1)}), "g.pkl")
    conv = next(key for key in variables(example) if key.endswith("8x8/Conv1/bias"))
    with pytest.raises(ModelError, match=rf"conv1.bias \({conv}\) has shape \(77,\)"):
        record(changed(example, **{conv: np.zeros(77, np.float32)}), "g.pkl")


@pytest.mark.parametrize(
    ("example", "kwargs", "words"),
    [
        ("stylegan2-skip", {"nonlinearity": "relu"}, "nonlinearity relu"),
        ("stylegan2-skip", {"mapping_nonlinearity": "relu"}, "mapping_nonlinearity relu"),
        ("stylegan2-skip", {"resample_kernel": None}, r"\[1, 1\]"),
        ("stylegan2-skip", {"resample_kernel": "box"}, "resample_kernel box"),
        ("stylegan2-skip", {"normalize_latents": False}, "normalize_latents"),
        ("stylegan2-skip", {"mapping_lrmul": "0.01"}, "mapping_lrmul 0.01"),
        ("stylegan2-skip", {"mapping_lrmul": 10**400}, "mapping_lrmul a huge number"),
        ("stylegan2-ada-noiseless", {"conv_clamp": float("nan")}, "conv_clamp nan"),
        ("stylegan2-ada-noiseless", {"resolution": 32}, "resolution 32, but its variables imply 16"),
        ("stylegan2-ada-conditional", {"label_size": 6}, "label_size 6, but its variables imply 5"),
        ("stylegan2-skip", {"label_size": 6}, "lacks the variable mapping/LabelEmbed/weight"),
        ("stylegan1-plain", {"label_size": 6}, "lacks the variable mapping/LabelConcat/weight"),
        ("stylegan1-plain", {"use_instance_norm": False}, "use_instance_norm"),
        ("stylegan1-plain", {"blur_filter": None}, "blur_filter"),
        ("stylegan1-plain", {"fused_scale": "never"}, "fused_scale never"),
        ("stylegan1-plain", {"mapping_layers": 3}, "mapping_layers 3"),
        ("progan-plain", {"use_wscale": False}, "use_wscale"),
        ("progan-plain", {"pixelnorm_epsilon": 1e-4}, "pixelnorm_epsilon"),
        ("progan-plain", {"latent_size": 8}, "latent_size 8"),
        ("progan-plain", {"label_size": "5"}, "label_size 5"),
        ("progan-plain", {"label_size": 5}, "latent_size 7, but its variables imply 2"),
    ],
)
def test_settings_that_are_not_built_are_refused(example, kwargs, words):
    with pytest.raises(ModelError, match=words):
        record(with_kwargs(example, **kwargs), "g.pkl")


def test_settings_reach_the_configuration():
    assert record(with_kwargs("stylegan1-plain", mapping_lrmul=0.5), "g").config["lr_multiplier"] == 0.5
    config = record(with_kwargs("stylegan2-skip", conv_clamp=256, mapping_lrmul=0.5), "g").config
    assert (config["conv_clamp"], config["lr_multiplier"]) == (256.0, 0.5)
    assert config["architecture"] == "skip"
    assert record(with_kwargs("stylegan1-plain", fused_scale=True), "g").config["fused"] == [False, True, True, True]
    notes = record(with_kwargs("stylegan2-skip", latent_res=4, hues=5), "g").source.notes
    assert notes == ("Unknown settings were ignored: hues, latent_res.",)


def rectangle() -> TFNetwork:
    """The variables of ``stylegan2-skip``'s first two blocks, the first one of 5 rows and 3 columns."""
    whole = changed("stylegan2-skip")
    names = {"4x4": "5x3", "8x8": "10x6"}
    kept = {
        "/".join(names.get(part, part) for part in key.split("/")): array
        for key, array in whole.variables.items()
        if not any(f"{side}x{side}" in key for side in (16, 32))
        and not key.endswith(("noise3", "noise4", "noise5", "noise6"))
    }
    kept["synthesis/5x3/Const/const"] = kept["synthesis/5x3/Const/const"][:, :, :1, :1] * np.ones((1, 1, 5, 3))
    kept["synthesis/noise0"] = np.ones((1, 1, 5, 3))
    kept |= {f"synthesis/noise{i}": np.ones((1, 1, 10, 6)) for i in (1, 2)}
    kwargs = {key: value for key, value in whole.kwargs.items() if key != "resolution"} | {
        "min_h": 5,
        "min_w": 3,
        "res_log2": 1,
    }
    return TFNetwork("Gs", whole.version, kwargs, kept)


def test_a_fork_for_rectangles_opens():
    found = record(rectangle(), "g.pkl")
    assert found.config["const"] == [5, 3] and found.config["blocks"] == [4, 8]
    assert found.source.notes == ()
    with pytest.raises(ModelError, match="min_h 6, but its variables imply 5"):
        record(replace(rectangle(), kwargs=rectangle().kwargs | {"min_h": 6}), "g.pkl")
    with pytest.raises(ModelError, match="lacks the variable synthesis/10x6/Conv1/bias"):
        less = {key: value for key, value in rectangle().variables.items() if key != "synthesis/10x6/Conv1/bias"}
        record(replace(rectangle(), variables=less), "g.pkl")


@pytest.mark.parametrize(
    "example, kwargs",
    [
        ("stylegan2-skip", {"architecture": "resnet"}),
        ("stylegan2-skip", {"use_noise": False}),
        ("stylegan1-plain", {"use_noise": False}),
    ],
)
def test_settings_that_the_variables_deny_are_refused(example, kwargs):
    with pytest.raises(ModelError, match=next(iter(kwargs))):
        record(with_kwargs(example, **kwargs), "g.pkl")


@pytest.mark.parametrize("example", ["stylegan2-grown", "stylegan1-plain", "progan-plain"])
def test_a_generator_that_still_grows_is_refused(example):
    for lod, words in ((np.float32(1.5), "lod 1.5"), (np.float32("nan"), "lod nan"), (np.zeros(3), "of shape")):
        with pytest.raises(ModelError, match=words):
            record(changed(example, lod=np.asarray(lod)), "g.pkl")


def test_what_is_no_generator_is_refused():
    discriminator = TFNetwork("D", 4, {}, {"4x4/Dense0/weight": np.zeros((3, 3))})
    with pytest.raises(ModelError, match="4x4/Dense0/weight"):
        record(discriminator, "g.pkl")
    with pytest.raises(ModelError, match="none"):
        record(TFNetwork("D", 4, {}, {}), "g.pkl")
