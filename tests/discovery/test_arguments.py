"""What people give to ``discover``: taken in one form, or refused in a sentence that names the parameter."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from reference.small import small_generator
from torch import nn

import resefa
from resefa.errors import GeneratorError, LatentError, ResefaError, ResefaWarning, SolverError, UsageError
from resefa.runtime.jacobian_cache import JacobianCache
from resefa.runtime.memory import memory_bytes

REGION = "box:4,4,6,7"
WEIGHTS = torch.randn(12, 3 * 256, generator=torch.Generator().manual_seed(0)) / 4


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(WEIGHTS.clone())

    def forward(self, z):
        return torch.tanh(z @ self.weight).view(-1, 3, 16, 16)


@pytest.fixture(scope="module")
def plain():
    return resefa.wrap(lambda z: torch.tanh(z @ WEIGHTS).view(-1, 3, 16, 16), 12, name="plain")


@pytest.fixture(scope="module")
def style():
    return small_generator("stylegan2")


@pytest.mark.parametrize("k", [1.5, 3.0, True, 0, -1, "3", None])
def test_k_is_a_whole_number(plain, k):
    with pytest.raises(UsageError, match="k is .*; give a whole number, 1 or more"):
        resefa.discover(plain, plain.sample(0), REGION, k=k)


def test_more_directions_than_exist_are_said(plain):
    with pytest.warns(ResefaWarning, match="12 directions exist"):
        found = resefa.discover(plain, plain.sample(0), REGION, k=100)
    assert len(found) == 12 and "12 directions exist; 100 were" in found.status
    assert len(resefa.discover(plain, plain.sample(0), REGION, k=np.int64(2))) == 2


@pytest.mark.parametrize("solver", ["cholesky", "woodbury", "matrix-free", "prepared"])
def test_directions_that_change_nothing_inside_are_left_out(plain, solver):
    found = resefa.discover(plain, plain.sample(0), "box:5,6,1,1", k=4, solver=solver, cache=JacobianCache())
    assert len(found) == 3 and "3 directions exist; 4 were" in found.status
    assert float(found.eigenvalues.min()) > 1e-3


@pytest.mark.parametrize("layers", [[2, 3], range(2, 4), (3, 2), {2, 3}, np.arange(2, 4), "2-3"])
def test_layers_as_people_write_them(style, layers):
    found = resefa.discover(style, style.sample(0, "W"), REGION, k=1, layers=layers)
    assert found.provenance.layers == "2-3"


@pytest.mark.parametrize("layers", [[], [1.5], True, [True], [-1], {"a": 1}])
def test_layers_that_are_none(style, layers):
    with pytest.raises(UsageError, match="layers is "):
        resefa.discover(style, style.sample(0, "W"), REGION, k=1, layers=layers)


def test_one_layer(style):
    assert resefa.discover(style, style.sample(0, "W"), REGION, k=1, layers=2).provenance.layers == "2"


def test_memory_in_bytes_and_in_words():
    assert memory_bytes("2GB") == 2 * 10**9 and memory_bytes("1.5 GiB") == 3 * 2**29 and memory_bytes(2**30) == 2**30
    assert memory_bytes("2", "GiB") == 2**31 and memory_bytes("500MiB", "GiB") == 500 * 2**20
    assert memory_bytes(str(2**30)) == 2**30 and memory_bytes(np.int64(10**9)) == 10**9
    for wrong in ("x", float("nan"), float("inf"), -1, 0, True, 2, "2 parsecs", "1e9", "", None, [1]):
        with pytest.raises(UsageError, match="memory is "):
            memory_bytes(wrong)
    for wrong in ("nan", "-1", "0", "0.00001"):
        with pytest.raises(UsageError, match="memory is .*GiB"):
            memory_bytes(wrong, "GiB")


@pytest.mark.parametrize("code", [7, [0, 1], range(3), np.int64(4)])
def test_a_seed_is_no_code(plain, code):
    with pytest.raises(LatentError, match="looks like a seed.* generator.sample"):
        resefa.discover(plain, code, REGION)


@pytest.mark.parametrize(
    "code", [None, "7", {}, torch.zeros(3, 13), torch.full((1, 12), float("nan")), torch.zeros(12, dtype=torch.long)]
)
def test_what_is_no_code(plain, code):
    with pytest.raises(LatentError):
        resefa.discover(plain, code, REGION)


def test_codes_of_another_model_device_and_precision(plain, style):
    with pytest.raises(LatentError):
        resefa.discover(plain, style.sample(0, "W+"), REGION)
    wanted = resefa.discover(plain, plain.sample(0), REGION, k=2)
    values = plain.sample(0).values
    for code in (values.double(), values[0], values.numpy(), values[0].tolist(), values.clone().requires_grad_()):
        assert torch.allclose(resefa.discover(plain, code, REGION, k=2).vectors, wanted.vectors, atol=1e-5)


@pytest.mark.parametrize(
    ("generator", "hint"),
    [
        ("faces-dcgan", r"resefa\.load"),
        (Net(), r"resefa\.wrap"),
        (lambda z: z, r"resefa\.wrap"),
        (None, "resefa"),
        (torch.zeros(1, 12), "generator, code, region"),
    ],
)
def test_what_is_no_generator(generator, hint):
    with pytest.raises(GeneratorError, match=hint):
        resefa.discover(generator, torch.zeros(1, 12), REGION)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"method": "sefaa"}, "did you mean 'sefa'"),
        ({"method": "ReSeFa"}, "did you mean 'resefa'"),
        ({"solver": "Cholesky"}, "did you mean 'cholesky'"),
        ({"tolerence": 0.1}, "did you mean tolerance"),
        ({"tau": "0.1"}, "tau is '0.1'"),
        ({"tau": True}, "tau is True"),
        ({"memory": 2}, "2 bytes"),
        ({"tolerance": 5}, "fraction between 0 and 1"),
        ({"stored": "int8"}, "float16"),
        ({"stored": "float64"}, "wider than"),
        ({"progress": "yes"}, "progress='yes'"),
        ({"cache": 7}, "cache is 7"),
        ({"analysis_resolution": "8"}, "longer side"),
        ({"analysis_resolution": 8.5}, "whole number"),
        ({"space": 3}, "space is 3"),
        ({"method": "random", "seed": 1.5}, "seed is 1.5"),
        ({"method": "random", "ranked": "no"}, "ranked is 'no'"),
    ],
)
def test_slips_in_options(plain, options, said):
    with pytest.raises(UsageError, match=said):
        resefa.discover(plain, plain.sample(0), REGION, **options)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"method": "sefa", "tau": 0.1}, "no option tau.* resefa"),
        ({"sparsity": 0.1}, "no option sparsity.* lowrankgan"),
        ({"solver": "cholesky", "tolerance": 0.1}, "belongs to auto and matrix-free"),
        ({"solver": "prepared", "max_products": 100}, "belongs to auto and matrix-free"),
        ({"solver": "matrix-free", "stored": "float16"}, "stores none"),
        ({"intermediate": True}, "intermediate=True needs an analysis_resolution"),
        ({"max_products": 3}, "12 products"),
        ({"method": "random", "candidates": 30, "ranked": False}, "no effect"),
        ({"method": "random", "candidates": 3, "k": 4}, "candidates=3 .* 4"),
    ],
)
def test_an_option_without_effect_is_refused(plain, options, said):
    with pytest.raises(UsageError, match=said):
        resefa.discover(plain, plain.sample(0), REGION, **options)


def test_labels_leave_nothing_to_a_scorer(plain):
    given = {"method": "interfacegan", "labels": [1, -1, 1, -1], "label_codes": plain.sample(range(4)), "k": 1}
    for more, said in (
        ({"samples": 50}, "samples needs a scorer"),
        ({"share": 0.1}, "share needs a scorer"),
        ({"scorer": len}, "labels and scorer"),
    ):
        with pytest.raises(UsageError, match=said):
            resefa.discover(plain, plain.sample(0), REGION, **given, **more)


def test_auto_honours_tolerance_and_products(plain):
    exact = resefa.discover(plain, plain.sample(0), REGION, k=2, tolerance=0.1)
    assert exact.provenance.solver != "matrix-free" and "within any tolerance" in exact.status
    wide = resefa.wrap(
        lambda z: torch.tanh(z @ torch.randn(100, 768, generator=torch.Generator().manual_seed(0)) / 9).view(
            -1, 3, 16, 16
        ),
        100,
    )
    assert resefa.discover(wide, wide.sample(0), REGION, k=1, max_products=60).provenance.solver == "matrix-free"


def test_an_option_that_is_none_is_left_out(plain):
    found = resefa.discover(
        plain, plain.sample(0), REGION, k=1, tau=None, solver=None, layers=None, cache=None, memory=None
    )
    assert found.certificate.tau == 1e-3


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("options", [{}, {"solver": "matrix-free"}, {"method": "lowrankgan"}, {"method": "random"}])
def test_half_precision_takes_its_derivatives_in_float32(dtype, options):
    half = resefa.wrap(Net().to(dtype), 12, name="half")
    same = resefa.wrap(Net().to(dtype).float(), 12, name="float")
    code = half.sample(0)
    found = resefa.discover(half, code, REGION, k=2, **options)
    wanted = resefa.discover(same, code.values.float(), REGION, k=2, **options)
    assert torch.allclose(found.vectors, wanted.vectors, atol=1e-5)
    assert f"computes in {str(dtype)[6:]}" in found.status
    assert half.synthesize(code).dtype == dtype and next(half.function.parameters()).dtype == dtype


def test_weights_changed_in_place_are_seen_in_half_precision_too():
    module = Net().bfloat16()
    half = resefa.wrap(module, 12)
    code = half.sample(0)
    first = resefa.discover(half, code, REGION, k=1, cache=JacobianCache())
    with torch.no_grad():
        module.weight.mul_(torch.linspace(0.1, 1, 12)[:, None])
    second = resefa.discover(half, code, REGION, k=1, cache=JacobianCache())
    assert not torch.allclose(first.vectors, second.vectors, atol=1e-2)


def test_a_function_of_half_precision_alone_is_refused():
    half = resefa.wrap(
        lambda z: torch.tanh(z @ WEIGHTS.bfloat16()).view(-1, 3, 16, 16), 12, name="half", dtype=torch.bfloat16
    )
    with pytest.raises(GeneratorError, match="half computes in bfloat16.*in float32"):
        resefa.discover(half, half.sample(0), REGION)


def test_a_true_derivative_of_zero_is_called_that():
    flat = resefa.wrap(
        lambda z: torch.tanh(1e6 * (z.double() @ WEIGHTS.double())).round().view(-1, 3, 16, 16).float(), 12
    )
    with pytest.raises(GeneratorError, match="Every derivative of the image.* is zero"):
        resefa.discover(flat, flat.sample(3), REGION)


def test_progress_is_shown_for_true(plain, capsys, monkeypatch):
    monkeypatch.setattr("resefa.runtime.progress.FIRST_LINE", 0.0)
    resefa.discover(plain, plain.sample(5), REGION, k=1, progress=True, cache=JacobianCache())
    assert "directions: " in capsys.readouterr().err
    monkeypatch.setattr("resefa.runtime.progress.FIRST_LINE", 60.0)
    resefa.discover(plain, plain.sample(5), REGION, k=1, progress=True, cache=JacobianCache())
    assert capsys.readouterr().err == "", "no bar and no line for short work off a terminal"
    resefa.discover(plain, plain.sample(5), REGION, k=1, progress=False, cache=JacobianCache())
    assert capsys.readouterr().err == ""


def test_a_large_ridge_is_no_unchanged_background(plain):
    wanted = resefa.discover(plain, plain.sample(0), REGION, k=2, tau=1)
    found = resefa.discover(plain, plain.sample(0), REGION, k=2, tau=1, solver="prepared", cache=JacobianCache())
    assert torch.allclose(found.eigenvalues, wanted.eigenvalues, rtol=0.01)


def test_every_refusal_is_one_of_ours(plain):
    for options in ({"tau": []}, {"solver": 3}, {"method": 3}, {"max_products": "x"}, {"candidates": 1}, {"k": [1]}):
        with pytest.raises(ResefaError):
            resefa.discover(plain, plain.sample(0), REGION, **options)
    with pytest.raises(SolverError, match="tau=-1"):
        resefa.discover(plain, plain.sample(0), REGION, tau=-1)
