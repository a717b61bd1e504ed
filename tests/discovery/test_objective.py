"""Other pairs of feature maps: luminance against chroma, and one written by a user."""

from __future__ import annotations

import pytest
import torch

import resefa
from resefa.discovery.objective import luminance_and_chroma
from resefa.errors import UsageError

REGION = resefa.Region.box(0, 0, 4, 4)


def painter():
    """Four numbers: brightness inside and outside the box, blue against red inside and outside."""

    def paint(z):
        inside = torch.zeros(8, 8, dtype=z.dtype)
        inside[:4, :4] = 1
        outside = 1 - inside
        light = z[:, 0, None, None] * inside + z[:, 1, None, None] * outside
        tint = z[:, 2, None, None] * inside + z[:, 3, None, None] * outside
        # Red, green and blue of which the luminance 0.299 R + 0.587 G + 0.114 B does not change with the tint.
        colour = torch.tensor([-0.114, 0.0, 0.299], dtype=z.dtype)[None, :, None, None]
        return (light[:, None] + colour * tint[:, None]) / 16

    return resefa.wrap(paint, 4, dtype="float64", output_range=(-1, 1))


@pytest.mark.parametrize(("objective", "axis"), [("luminance", 0), ("chroma", 2)])
def test_each_objective_finds_its_axis(objective, axis):
    generator = painter()
    found = resefa.discover(generator, generator.sample(0), REGION, k=1, objective=objective)
    assert torch.allclose(found.vectors, torch.eye(4)[axis : axis + 1], atol=1e-6)
    assert found.provenance.objective == objective and objective in found.status


@pytest.mark.parametrize("objective", ["luminance", "chroma"])
@pytest.mark.parametrize("solver", ["woodbury", "matrix-free", "prepared"])
def test_every_solver_takes_every_objective(style, objective, solver):
    code = style.sample([0, 1], "W")
    region = resefa.Region.box(0.25, 0.25, 0.5, 0.5, unit="fraction")
    options = {"k": 2, "objective": objective, "cache": resefa.JacobianCache()}
    wanted = resefa.discover(style, code, region, solver="cholesky", **options)
    more = {"tolerance": 1e-8} if solver == "matrix-free" else {}
    found = resefa.discover(style, code, region, solver=solver, **options, **more)
    assert torch.allclose(found.eigenvalues, wanted.eigenvalues, rtol=1e-4)
    assert torch.allclose(found.inside_rate, wanted.inside_rate, rtol=1e-3)


def test_features_are_cached_apart_from_pixels_and_rates_are_of_the_features(style):
    code, cache = style.sample(0, "W"), resefa.JacobianCache()
    region = resefa.Region.box(0.25, 0.25, 0.5, 0.5, unit="fraction")
    for objective in ("pixels", "luminance", "chroma"):
        resefa.discover(style, code, region, k=1, objective=objective, cache=cache)
    # Luminance and chroma weigh the same features: they share a Jacobian.
    assert len(cache) == 2
    found = resefa.discover(style, code, region, k=1, objective="luminance", cache=cache)
    step = 1e-5
    images = resefa.edit(style, code, found[0], [step, -step])[0]
    change = luminance_and_chroma(((images[0] - images[1]) / (2 * step))[None]).square()[0]
    weights = region.weights(*style.resolution)
    inside = float((change[0] * weights.edit).sum() / weights.edit.sum())
    rest = float((change[1:] * weights.edit).sum() + (change * weights.protect).sum())
    outside = rest / float(2 * weights.edit.sum() + 3 * weights.protect.sum())
    assert inside == pytest.approx(float(found.inside_rate[0]), rel=1e-4)
    assert outside == pytest.approx(float(found.outside_rate[0]), rel=1e-4)


class LeftAgainstRight:
    """A user's pair: change the mean of each row of the left half, hold that of the right half."""

    name, about = "left against right", "change the left half's rows, hold the right half's"
    feature_map = "row means of both halves"

    def shape(self, image_shape):
        return (*image_shape[:2], 2)

    def features(self, images):
        half = images.shape[-1] // 2
        return torch.stack([images[..., :half].mean(-1), images[..., half:].mean(-1)], -1)

    def weights(self, region):
        left = torch.zeros(region.height, 2, dtype=torch.float64)
        left[:, 0] = 1
        return left, 1 - left


@pytest.mark.parametrize("solver", ["cholesky", "woodbury", "matrix-free", "prepared"])
def test_a_pair_of_the_users_own(style, solver):
    code, cache = style.sample(0, "W"), resefa.JacobianCache()
    pair = LeftAgainstRight()
    more = {"tolerance": 1e-8} if solver == "matrix-free" else {}
    found = resefa.discover(style, code, REGION, k=2, objective=pair, solver=solver, cache=cache, **more)
    pixels = resefa.RegionProblem(style, code, REGION, session=resefa.Session(cache=cache)).jacobian().matrix.double()
    rows = pair.features(pixels.T.unflatten(1, (style.channels, *style.resolution)))
    a, b = (rows[..., side].flatten(1) for side in (0, 1))
    a, b = a @ a.T / a.shape[1], b @ b.T / b.shape[1]
    b += 1e-3 * b.diagonal().sum() * torch.eye(len(b))
    wanted = torch.linalg.eigvals(torch.linalg.solve(b, a)).real.sort(descending=True).values
    assert torch.allclose(found.eigenvalues, wanted[:2], rtol=1e-4)


def test_colour_needs_colour():
    grey = resefa.wrap(lambda z: z.reshape(-1, 1, 2, 2).tanh(), 4, dtype="float64")
    with pytest.raises(UsageError, match="luminance needs a colour image"):
        resefa.discover(grey, grey.sample(0), resefa.Region.box(0, 0, 1, 1), objective="luminance")
