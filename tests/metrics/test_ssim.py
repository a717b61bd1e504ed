"""SSIM: the paper's formula written out for one window, and its direction."""

from __future__ import annotations

import math

import pytest
import torch

from resefa.errors import MetricError
from resefa.metrics.ssim import structural_similarity


def drawn(seed: int, *shape: int) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 2 - 1


def literal(x: list[list[float]], y: list[list[float]]) -> float:
    """Equation 13 for the only window of two 11 x 11 images in [0, 1]."""
    weight = [[math.exp(-((i - 5) ** 2 + (j - 5) ** 2) / (2 * 1.5**2)) for j in range(11)] for i in range(11)]
    total = sum(map(sum, weight))
    cells = [(i, j, weight[i][j] / total) for i in range(11) for j in range(11)]
    mx, my = sum(w * x[i][j] for i, j, w in cells), sum(w * y[i][j] for i, j, w in cells)
    vx, vy = sum(w * (x[i][j] - mx) ** 2 for i, j, w in cells), sum(w * (y[i][j] - my) ** 2 for i, j, w in cells)
    both = sum(w * (x[i][j] - mx) * (y[i][j] - my) for i, j, w in cells)
    c1, c2 = 1e-4, 9e-4
    return (2 * mx * my + c1) * (2 * both + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))


def test_is_the_formula():
    x, y = drawn(0, 1, 1, 11, 11), drawn(1, 1, 1, 11, 11)
    wanted = literal(((x[0, 0] + 1) / 2).tolist(), ((y[0, 0] + 1) / 2).tolist())
    assert float(structural_similarity(x, y)) == pytest.approx(wanted, rel=1e-10)


def test_agrees_with_skimage_where_it_is_installed():
    metrics = pytest.importorskip("skimage.metrics")
    x, y = drawn(0, 2, 3, 32, 40), (drawn(0, 2, 3, 32, 40) + 0.3 * drawn(1, 2, 3, 32, 40)).clamp(-1, 1)
    found = structural_similarity(x, y)
    for i in range(2):
        wanted = metrics.structural_similarity(
            ((x[i] + 1) / 2).numpy(), ((y[i] + 1) / 2).numpy(), channel_axis=0, data_range=1, gaussian_weights=True,
            sigma=1.5, use_sample_covariance=False,
        )  # fmt: skip
        assert float(found[i]) == pytest.approx(wanted, rel=1e-10)


def test_equal_images_give_one_and_noise_lowers_it(toons):
    images = toons.synthesize(toons.sample(range(3)))
    noise = torch.randn(images.shape, generator=torch.Generator().manual_seed(0))
    found = torch.stack([structural_similarity(images + level * noise, images) for level in (0, 0.05, 0.2)])
    assert torch.allclose(found[0], torch.ones(3).double()) and bool(
        (found[0] > found[1]).all() and (found[1] > found[2]).all()
    )
    assert torch.equal(structural_similarity(images, images[:1])[1:], structural_similarity(images[1:], images[:1]))


def test_odd_images_are_refused():
    with pytest.raises(MetricError, match="equal size"):
        structural_similarity(drawn(0, 1, 3, 16, 16), drawn(0, 1, 3, 16, 17))
    with pytest.raises(MetricError, match="2 originals .* 3 images"):
        structural_similarity(drawn(0, 3, 3, 16, 16), drawn(0, 2, 3, 16, 16))
    with pytest.raises(MetricError, match="11 x 11"):
        structural_similarity(drawn(0, 1, 3, 8, 16), drawn(0, 1, 3, 8, 16))
