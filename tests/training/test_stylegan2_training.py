"""The training program of the toon faces, on small networks: its networks, its losses, resuming, and the file that it writes."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import torch

import resefa
from resefa.checkpoints.open import open_checkpoint
from resefa.networks.stylegan2 import StyleGAN2Network

ROOT = Path(__file__).parents[2]
SMALL = [
    *("--batch", "4", "--resolution", "32", "--width", "8", "--base", "128", "--latent", "8", "--mapping-layers", "2"),
    *("--discriminator-width", "8", "--discriminator-base", "128", "--device", "cpu", "--fade", "8"),
]


class Programs:
    """The modules of ``benchmarks/training/stylegan2``, which are not part of the package."""

    def __getattr__(self, name: str) -> Any:
        return import_module(f"benchmarks.training.stylegan2.{name}")


@pytest.fixture(scope="module")
def programs():
    sys.path.insert(0, str(ROOT))
    yield Programs()
    sys.path.remove(str(ROOT))


@pytest.fixture
def generator(programs):
    torch.manual_seed(0)
    return programs.generator.TrainedGenerator(programs.generator.configuration(64, 8, 128, 8, 2))


@pytest.fixture
def stage(programs, generator):
    """The second stage of a training, at 32 pixels after 16, which is faded in."""
    discriminator = programs.discriminator.Discriminator(64, 8, 128)
    state = programs.state.TrainingState.new(generator, discriminator, torch.device("cpu"))
    state.counters = programs.state.Counters("16:4,32:12", stage=1, images=4, resolution=16)
    return programs.stage.Stage(state, programs.plan.parse_plan("32:12")[0], programs.stage.Options(batch=4, fade=8))


def weights(state) -> dict[str, torch.Tensor]:
    return {
        f"{name}.{key}": value
        for name in ("generator", "average", "discriminator")
        for key, value in getattr(state, name).state_dict().items()
    }


@pytest.mark.parametrize("resolution", [64, 16])
def test_the_trained_network_is_the_network_that_resefa_opens(programs, generator, resolution):
    """The same function on the same weights, in the program's layers and in those of ``resefa.networks``."""
    torch.manual_seed(1)
    for value in generator.parameters():
        value.data.add_(torch.randn_like(value), alpha=0.1)
    product = StyleGAN2Network(generator.config)
    product.load_state_dict(generator.state_dict())
    z = torch.randn(3, 8)
    ws = product.mapping(z)[:, None].expand(-1, product.num_layers, -1)
    expected = product.synthesis(product.styles(ws), "constant", stop=(resolution, resolution))
    assert torch.allclose(generator(z, resolution), expected, atol=1e-5)


def test_r1_is_the_squared_norm_of_the_gradient(programs):
    images = torch.randn(3, 3, 8, 8, requires_grad=True)
    slope = torch.randn(3, 8, 8)
    scores = (images * slope).sum((1, 2, 3)) * torch.tensor([1.0, 2.0, 3.0])
    expected = slope.square().sum() * (1 + 4 + 9) / 3
    assert torch.isclose(programs.losses.r1_penalty(scores, images), expected, rtol=1e-5)


def test_path_lengths_are_norms_of_the_jacobian_times_noise(programs):
    ws = torch.randn(2, 3, 5, requires_grad=True)
    matrix = torch.randn(15, 3 * 4 * 4)
    images = (ws.flatten(1) @ matrix).reshape(2, 3, 4, 4)
    torch.manual_seed(2)
    found = programs.losses.path_lengths(images, ws)
    torch.manual_seed(2)
    product = (torch.randn(2, 3, 4, 4) / 4).flatten(1) @ matrix.T
    assert torch.allclose(found, (product.square().sum(1) / 3).sqrt(), rtol=1e-5)


def test_the_first_image_of_a_new_resolution_is_the_doubled_image_below(stage):
    z = torch.randn(2, 8)
    doubled = torch.nn.functional.avg_pool2d(stage.state.generator(z, 32), 2)
    below = stage.state.generator(z, 16)
    assert stage.fading and not stage.state.generator.synthesis.b32.torgb.weight.any()
    # Averaging undoes the doubling except for the filter, which mixes neighbours.
    assert (doubled - below).square().mean() < 0.2 * below.var()


def test_a_stage_trains_the_parameters_in_use_alone(stage):
    before = {key: value.clone() for key, value in weights(stage.state).items()}
    stage.run(lambda *_: None)
    changed = {key for key, value in weights(stage.state).items() if not torch.equal(value, before[key])}
    assert not [key for key in changed if ".b64." in key or "fromrgb64" in key]
    for key in (
        *("generator.synthesis.b32.conv1.weight", "generator.mapping.fc0.weight", "generator.mapping.w_avg"),
        *("average.synthesis.b4.const", "discriminator.fromrgb32.weight", "discriminator.b32.conv0.weight"),
        *("discriminator.fromrgb16.weight", "discriminator.fc1.bias"),
    ):
        assert key in changed, key
    assert stage.state.counters.images == 16 and stage.sums.r1 > 0 and not stage.fading


def test_path_length_regularization_changes_the_generator_alone(stage):
    before = {key: value.clone() for key, value in weights(stage.state).items()}
    stage._regularize_generator()
    changed = {key.split(".")[0] for key, value in weights(stage.state).items() if not torch.equal(value, before[key])}
    assert changed == {"generator"} and stage.sums.path > 0 and stage.state.path_mean > 0


def test_a_resumed_training_has_the_same_bits(programs, tmp_path):
    train = programs.train.train
    train(["--output", str(tmp_path / "whole"), "--plan", "16:8,32:16", *SMALL])

    class Interrupted(Exception):
        pass

    step = programs.stage.Stage._step

    def until(stage):
        if stage.state.counters.images == 16:
            stage.state.save(tmp_path / "parts" / "state.pt")
            raise Interrupted
        step(stage)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(programs.stage.Stage, "_step", until)
        with pytest.raises(Interrupted):
            train(["--output", str(tmp_path / "parts"), "--plan", "16:8,32:16", *SMALL])
    train(["--output", str(tmp_path / "parts"), *SMALL])
    whole, parts = (
        programs.state.TrainingState.load(tmp_path / name / "state.pt", torch.device("cpu"))
        for name in ("whole", "parts")
    )
    assert whole.counters.images == parts.counters.images == 24
    assert all(torch.equal(value, weights(parts)[key]) for key, value in weights(whole).items())
    assert (tmp_path / "whole" / "toon_faces.safetensors").read_bytes() == (
        tmp_path / "parts" / "toon_faces.safetensors"
    ).read_bytes()


@pytest.fixture(scope="module")
def trained(programs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("training") / "run"
    programs.train.train(["--output", str(folder), "--plan", "16:8", *SMALL])
    return folder


def test_the_result_opens_in_resefa(programs, trained):
    generator = resefa.load(trained / "toon_faces.safetensors")
    assert generator.resolution == (16, 16) and "W+" in generator.spaces
    state = programs.state.TrainingState.load(trained / "state.pt", torch.device("cpu"))
    code = generator.sample(3)
    expected = state.average(code.values, 16)
    # Weights are stored in float16.
    assert (generator.synthesize(code) - expected).abs().max() < 0.02
    record = open_checkpoint(trained / "toon_faces.safetensors")
    assert "CC BY 4.0" in record.source.origin["licence"]
    assert record.tensors["mapping.w_avg"].abs().sum() > 0
    assert (trained / "samples_16.png").stat().st_size > 0 and "16 px" in (trained / "log.txt").read_text()


def test_training_continues_from_a_state_of_another_run(programs, trained, tmp_path):
    programs.train.train(
        ["--output", str(tmp_path / "more"), "--state", str(trained / "state.pt"), "--plan", "32:4", *SMALL]
    )
    state = programs.state.TrainingState.load(tmp_path / "more" / "state.pt", torch.device("cpu"))
    assert state.counters.images == 12 and state.counters.resolution == 32 and state.counters.grown
    assert resefa.load(tmp_path / "more" / "toon_faces.safetensors").resolution == (32, 32)


def test_training_continues_from_a_generator_alone(programs, trained, tmp_path):
    """The discriminator is trained alone first, then both."""
    file = trained / "toon_faces.safetensors"
    given = open_checkpoint(file).tensors
    for first, moved in ((9, False), (1, True)):
        output = tmp_path / str(first)
        programs.train.train(
            [
                *("--output", str(output), "--generator", str(file), "--plan", "16:8"),
                *("--discriminator-first", str(first), *SMALL),
            ]
        )
        state = programs.state.TrainingState.load(output / "state.pt", torch.device("cpu"))
        same = torch.equal(state.generator.state_dict()["synthesis.b4.const"], given["synthesis.b4.const"])
        assert same is not moved and state.path_mean > 0
        assert state.counters.new_discriminator == (7 if first == 9 else 0)


def test_a_folder_keeps_its_plan(programs, trained):
    with pytest.raises(SystemExit, match="follows the plan 16:8"):
        programs.train.train(["--output", str(trained), "--plan", "16:80", *SMALL])


def test_another_file_is_not_a_state(programs, tmp_path):
    torch.save({"weights": torch.zeros(1)}, tmp_path / "state.pt")
    with pytest.raises(ValueError, match="not a training state"):
        programs.state.TrainingState.load(tmp_path / "state.pt", torch.device("cpu"))


@pytest.mark.parametrize("text", ["64", "60:100", "64:100x", "64:100,32:100", ""])
def test_a_mistaken_plan_is_refused(programs, text):
    with pytest.raises(ValueError, match="The plan"):
        programs.plan.parse_plan(text)


def test_a_plan_counts_images_or_seconds(programs):
    first, second = programs.plan.parse_plan("64:129k, 256:400s")
    assert (first.images, first.seconds, second.images, second.seconds) == (129_000, None, None, 400.0)
    assert first.finished(129_000, 0) and not first.finished(128_999, 1e9)
    assert second.finished(0, 400) and not second.finished(10**9, 399)
