"""Modules given by hand: the range of their values, the number of codes they take, and usual slips."""

from __future__ import annotations

import warnings

import pytest
import torch
from torch import nn

import resefa
from resefa.errors import GeneratorError, LatentError, ResefaWarning, UsageError


class Small(nn.Module):
    """(b, 2, 4) -> (b, 3, 4, 4) in (0, 1)."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(8, 48)

    def forward(self, z):
        return self.dense(z.flatten(1)).sigmoid().reshape(-1, 3, 4, 4)


@pytest.fixture
def module():
    torch.manual_seed(0)
    return Small()


def silent(*arguments, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return resefa.wrap(*arguments, **options)


@pytest.mark.parametrize(
    "function, stated, meant",
    [
        (lambda x: x, (-1, 1), r"\[0, 1\].*did you mean output_range=\(0, 1\)"),
        (lambda x: x, (0, 255), r"\[0, 1\].*did you mean output_range=\(0, 1\)"),
        (lambda x: 2 * x - 1, (0, 255), r"\[-1, 1\].*did you mean output_range=\(-1, 1\)"),
        (lambda x: 2 * x - 1, (0, 1), r"did you mean output_range=\(-1, 1\)"),
    ],
)
def test_values_that_suggest_another_range_are_warned_of(module, function, stated, meant):
    with pytest.warns(ResefaWarning, match=meant):
        resefa.wrap(lambda z: function(module(z)), (2, 4), stated)


@pytest.mark.parametrize("scale, stated", [(1, (0, 1)), (255, (0, 255)), (1, [0, 1.0])])
def test_the_right_range_is_taken_in_silence(module, scale, stated):
    generator = silent(lambda z: module(z) * scale, (2, 4), stated)
    z = generator.sample(3)
    assert torch.allclose(generator.synthesize(z), 2 * module(z.values.reshape(1, 2, 4)) - 1, atol=1e-6)


def test_bytes_taken_for_signed_values_are_refused_with_the_range_they_have(module):
    with pytest.raises(GeneratorError, match=r"output_range=\(0, 255\)\."):
        resefa.wrap(lambda z: module(z) * 255, (2, 4))


@pytest.mark.parametrize("given", ["tanh", (0,), (1, 0), (1, 1), None, (0, float("nan")), 5, ("a", "b")])
def test_what_is_no_range_is_refused(module, given):
    with pytest.raises(GeneratorError, match="output_range="):
        resefa.wrap(module, (2, 4), given)


@pytest.mark.parametrize("given", ["512", None, 0, (2.5, 4), (), -1])
def test_what_is_no_shape_of_a_code_is_refused(module, given):
    with pytest.raises(LatentError, match="latent_shape"):
        resefa.wrap(module, given, (0, 1))


@pytest.mark.parametrize(
    "slip, words",
    [
        (Small, r"is a class.*wrap\(Small\(\)"),
        (lambda: Small().state_dict(), "load the state dict into it"),
        (lambda: "model.pt", "use resefa.load"),
        (lambda: 3, "not int"),
        (lambda: silent(Small(), (2, 4), (0, 1)), "Small is already a generator"),
    ],
)
def test_what_is_no_module_is_refused_with_what_to_do(slip, words):
    with pytest.raises(GeneratorError, match=words):
        resefa.wrap(slip if slip is Small else slip(), (2, 4))


@pytest.mark.parametrize(
    "function, words",
    [
        (lambda images: images.permute(0, 2, 3, 1), "permute"),
        (lambda images: images[:, 0], "unsqueeze"),
        (lambda images: torch.cat([images, images[:, :1]], 1), "transparent"),
        (lambda images: (images * 255).to(torch.uint8), "uint8"),
        (lambda images: {"images": images}, "dict"),
    ],
)
def test_images_of_another_layout_are_refused_with_what_to_do(module, function, words):
    with pytest.raises(GeneratorError, match=words):
        resefa.wrap(lambda z: function(module(z)), (2, 4))


@pytest.mark.parametrize("given", [nn.Linear(1, 1), None, 3, {}])
def test_load_takes_names_and_paths_alone(given):
    with pytest.raises(UsageError, match=r"resefa\.wrap"):
        resefa.load(given)


def test_another_dtype_leaves_the_callers_module_alone(module):
    generator = silent(module, (2, 4), (0, 1), dtype="float64")
    assert module.dense.weight.dtype == torch.float32
    assert generator.synthesize(generator.sample(0)).dtype == torch.float64


class OfTwo(nn.Module):
    """Right for two codes; of one code it makes two images, by broadcasting, and of three none."""

    def __init__(self) -> None:
        super().__init__()
        self.dense, self.const = nn.Linear(8, 48), nn.Parameter(torch.randn(2, 3, 4, 4))

    def forward(self, z):
        return (self.const[:1].expand(2, -1, -1, -1) + self.dense(z.flatten(1)).reshape(-1, 3, 4, 4)).tanh()


def test_a_program_traced_for_two_codes_is_refused(tmp_path):
    torch.jit.trace(OfTwo(), torch.zeros(2, 2, 4)).save(str(tmp_path / "two.pt"))
    with pytest.raises(GeneratorError, match="traced with a fixed batch size"):
        resefa.load(tmp_path / "two.pt", latent_shape=(2, 4), trust_program=True)


def test_an_error_within_a_program_is_told_by_its_cause(tmp_path, module):
    torch.jit.trace(module, torch.zeros(2, 2, 4)).save(str(tmp_path / "program.pt"))
    with pytest.raises(GeneratorError, match="mat1 and mat2 shapes cannot be multiplied"):
        resefa.load(tmp_path / "program.pt", latent_shape=(3, 4), trust_program=True)


def test_what_a_function_raises_later_is_one_sentence(module):
    def limited(z):
        if len(z) > 5:
            raise ValueError("at most five")
        return module(z)

    generator = silent(limited, (2, 4), (0, 1))
    with pytest.raises(GeneratorError, match="failed on 7 codes: at most five"):
        generator.synthesize(generator.sample(range(7)))


def test_an_unknown_condition_is_named():
    with pytest.raises(UsageError, match="Unknown condition 'trunc'; .*truncation, cutoff, label, noise"):
        resefa.wrap(Small(), latent_shape=(2, 4), output_range=(0, 1)).under(trunc=0.5)


def test_a_jacobian_is_not_of_a_generator():
    generator = resefa.wrap(Small(), latent_shape=(2, 4), output_range=(0, 1))
    with pytest.raises(GeneratorError, match=r"WrappedGenerator.*LatentCode.*resefa\.discover"):
        resefa.JacobianOperator(generator, generator.sample(0))


def test_options_of_programs_are_refused_for_weights(faces_file):
    for option in ({"output_range": (0, 1)}, {"latent_shape": 100}):
        with pytest.raises(UsageError, match="only applies to TorchScript"):
            resefa.load(faces_file, **option)


@pytest.fixture
def faces_file(tmp_path):
    layers = [nn.ConvTranspose2d(5, 4, 4, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.ConvTranspose2d(4, 3, 4, 2, 1)]
    torch.save(nn.Sequential(*layers).state_dict(), tmp_path / "faces.pth")
    return tmp_path / "faces.pth"
