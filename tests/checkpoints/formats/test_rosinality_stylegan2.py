"""rosinality's StyleGAN2 files give the images that its code gives."""

from __future__ import annotations

import pytest
import torch
from reference.formats.ported import distance, float32, image, network, plus_one, ported

from resefa.checkpoints.formats import rosinality_stylegan2 as port
from resefa.checkpoints.formats.mean_latent import NOTE
from resefa.checkpoints.formats.skip_layout import NOISE
from resefa.errors import ModelError


@pytest.mark.parametrize("config", ["tiny", "smallest"])
def test_the_references_images_come_back(config):
    state, frozen, _ = ported("rosinality_stylegan2", config)
    made = network(port.record({"g_ema": state, "latent_avg": frozen["latent_avg"]}, "g.pt"))
    assert distance(image(made, frozen["z"]), frozen["image"]) < 1e-12
    assert distance(image(made, ws=frozen["ws"]), frozen["image_layered"]) < 1e-12
    assert distance(image(made, frozen["z"], psi=0.6), frozen["image_truncated"]) < 1e-12


def test_the_average_is_chosen_and_the_centre_computed_where_it_is_missing():
    state, frozen, _ = ported("rosinality_stylegan2", "tiny")
    training = {
        "g": plus_one(state),
        "d": {"x": torch.zeros(2)},
        "g_optim": {},
        "g_ema": state,
        "args": object(),
        "ada_aug_p": 0,
    }
    assert port.recognises(training)
    record = port.record(training, "000100.pt")
    assert (record.source.format, record.source.entry, record.source.notes) == (port.NAME, "g_ema", (NOTE,))
    made = network(record)
    assert distance(image(made, frozen["z"]), frozen["image"]) < 1e-12
    codes = made.mapping(torch.randn(4096, made.z_dim, dtype=torch.float64))
    # Each mean of 4096 is off by 1/64 of the deviation.
    assert ((made.w_avg - codes.mean(0)).abs() < 0.12 * codes.std(0)).all()
    only = {"g": state, "latent_avg": frozen["latent_avg"][None]}
    assert port.recognises(only)
    assert port.record(only, "g.pt").source.entry == "g"


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_bare_state_dict_opens(wrapped):
    state, frozen, _ = ported("rosinality_stylegan2", "smallest")
    state = {f"module.{key}" if wrapped else key: value for key, value in float32(state).items()}
    assert port.recognises(state)
    made = network(port.record(state, "g.pt"))
    assert distance(image(made, frozen["z"]), frozen["image"]) < 1e-12


def test_missing_left_over_and_misshapen_tensors_are_named_as_in_the_file():
    state, frozen, _ = ported("rosinality_stylegan2", "tiny")

    def refused(message, changed):
        with pytest.raises(ModelError, match=message):
            port.record({"g_ema": changed, "latent_avg": frozen["latent_avg"]}, "g.pt")

    for key in ("style.2.bias", "noises.noise_3", "convs.1.conv.modulation.weight", "to_rgbs.1.bias", "input.input"):
        refused(f"lacks the tensor {key}", {k: v for k, v in state.items() if k != key})
        refused("shape", state | {key: torch.zeros(1, 9, 9)})
    refused(r"to_rgbs\.0\.iwt\.ll", state | {"to_rgbs.0.iwt.ll": torch.zeros(2, 2)})
    refused("low-pass filter", state | {"convs.0.conv.blur.kernel": torch.ones(4, 4) / 4})
    refused("has a layer with the number", state | {"convs.123456.x": torch.zeros(1)})
    refused(
        r"style\.3\.weight has shape \(9, 7\)",
        state | {"style.3.weight": torch.zeros(9, 7), "style.3.bias": torch.zeros(9)},
    )


@pytest.mark.parametrize(
    "content", [{}, {"g_ema": 3}, {1: 2}, {"g_ema": {}}, {"g": {"conv1.conv.modulation.weight": 1}}, [], None]
)
def test_odd_content_is_not_recognised(content):
    assert not port.recognises(content)


def test_files_without_noise_images_get_noise_of_fixed_seeds():
    state, frozen, _ = ported("rosinality_stylegan2", "tiny")
    old = {key: value for key, value in state.items() if not key.startswith("noises.")}
    records = [port.record({"g_ema": old, "latent_avg": frozen["latent_avg"]}, "550000.pt") for _ in range(2)]
    assert records[0].source.notes == (NOISE,)
    drawn = {key: value for key, value in records[0].tensors.items() if key.endswith("noise_const")}
    assert len(drawn) == 5 and all(torch.equal(value, records[1].tensors[key]) for key, value in drawn.items())
    assert [tuple(drawn[key].shape) for key in sorted(drawn)] == [(16, 16), (16, 16), (4, 4), (8, 8), (8, 8)]
    assert not torch.equal(drawn["synthesis.b8.conv0.noise_const"], drawn["synthesis.b8.conv1.noise_const"])
    # Without noise nothing else differs.
    with_noise = network(port.record({"g_ema": state, "latent_avg": frozen["latent_avg"]}, "g.pt"))
    made = network(records[0])
    styles = made.styles(frozen["ws"])
    assert torch.equal(made.synthesis(styles, "none"), with_noise.synthesis(styles, "none"))


def test_a_conditional_export_without_its_embedding_is_refused():
    state, frozen, _ = ported("rosinality_stylegan2", "tiny")
    wide = state | {"style.1.weight": torch.zeros(7, 14, dtype=torch.float64)}
    with pytest.raises(ModelError, match="embedding of its labels is missing"):
        port.record({"g_ema": wide, "latent_avg": frozen["latent_avg"]}, "g.pt")
