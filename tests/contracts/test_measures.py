"""What every measure of pairs and every distance between sets keeps to. A new one adds a parameter here and inherits the suite."""

from __future__ import annotations

import pytest
import torch

from resefa.comparison.measures.pair_measures import SSIM, identity_measures
from resefa.comparison.measures.set_distances import frechet, kernel


class Blocks:
    """Stands for a network, both kinds of it: mean colours of four quarters."""

    name, fingerprint, alignment, dimensions = "blocks", "1", "none", 12

    def features(self, images):
        return torch.nn.functional.adaptive_avg_pool2d(images, 2).flatten(1)


def images(count, seed=0):
    coarse = torch.rand(count, 3, 4, 4, generator=torch.Generator().manual_seed(seed)) * 2 - 1
    return torch.nn.functional.interpolate(coarse, size=(24, 24), mode="bilinear")


def noisy(clean, amount):
    return (clean + amount * images(len(clean), 9)).clamp(-1, 1)


@pytest.fixture(params=["SSIM", "identity", "face distance"])
def measure(request):
    cosine, distance = identity_measures(Blocks())
    return {"SSIM": SSIM(), "identity": cosine, "face distance": distance}[request.param]


@pytest.fixture(params=[frechet, kernel])
def distance(request):
    return request.param


class TestPairMeasure:
    def test_it_has_a_name_a_fingerprint_and_a_direction(self, measure):
        assert measure.name and measure.fingerprint and measure.better in ("higher", "lower")

    def test_one_figure_per_image_whatever_its_batch(self, measure):
        original, edited = images(1), images(3, 1)
        together = measure.of(edited, original)
        assert len(together) == 3 and all(isinstance(value, float) for value in together)
        assert together == pytest.approx([measure.of(one[None], original)[0] for one in edited], rel=1e-5, abs=1e-6)

    def test_a_worse_image_gets_a_worse_figure(self, measure):
        original = images(1)
        same, near, far = (measure.of(noisy(original, amount), original)[0] for amount in (0, 0.2, 0.8))
        assert (same > near > far) if measure.better == "higher" else (same < near < far)


class TestSetDistance:
    def test_figures_have_titles_that_name_the_network(self, distance):
        (title,) = distance(Blocks().features(images(8)), Blocks().features(images(8, 1)), Blocks(), 0)
        assert "blocks" in title and not title.startswith(("FID", "KID"))

    def test_a_worse_set_is_further_away_and_the_seed_decides(self, distance):
        clean = images(40)
        features = Blocks().features(clean)
        near, far = (
            list(distance(Blocks().features(noisy(clean, a)), features, Blocks(), 0).values()) for a in (0.2, 0.8)
        )
        assert near < far
        assert far == list(distance(Blocks().features(noisy(clean, 0.8)), features, Blocks(), 0).values())
