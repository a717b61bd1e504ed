"""One suite for every feature extractor: a new member adds a fixture parameter and inherits it."""

from __future__ import annotations

import pytest
import torch
from reference.features.weights import pictures

from resefa.errors import MetricError
from resefa.metrics.features.inception import Inception
from resefa.metrics.features.protocol import FeatureExtractor, moments_of, source_of
from resefa.metrics.frechet import frechet_distance
from resefa.metrics.kernel import kernel_distance
from resefa.metrics.moments import FeatureMoments


@pytest.fixture(scope="module", params=["efficientnet-lite0", "inception"])
def extractor(request):
    if request.param == "efficientnet-lite0":
        return request.getfixturevalue("efficientnet_lite0")
    return Inception(request.getfixturevalue("random_inception_file"))


@pytest.fixture(scope="module")
def images(faces):
    return faces.synthesize(faces.sample(range(8)))


def noisy(images: torch.Tensor, level: float) -> torch.Tensor:
    return images + level * torch.randn(images.shape, generator=torch.Generator().manual_seed(0))


def test_is_an_extractor(extractor):
    assert isinstance(extractor, FeatureExtractor)
    assert len(extractor.fingerprint) == 64 and extractor.name in source_of(extractor)


def test_features_are_finite_of_the_stated_size_and_tell_images_apart(extractor, images):
    found = extractor.features(images[:2])
    assert found.shape == (2, extractor.dimensions) and bool(found.isfinite().all())
    assert not torch.allclose(found[0], found[1], rtol=1e-3)


def test_features_depend_on_the_image_alone(extractor, images):
    before = torch.get_rng_state()
    together = extractor.features(images[:3])
    alone = extractor.features(images[2:3])
    assert (together[2] - alone[0]).abs().max() <= 1e-5 * together.abs().max()
    assert torch.equal(before, torch.get_rng_state()) and not together.requires_grad


def test_grey_is_three_equal_channels_and_values_are_clamped(extractor):
    grey = pictures(1, 40, 50)[:, :1]
    assert torch.equal(extractor.features(grey), extractor.features(grey.expand(-1, 3, -1, -1)))
    assert torch.equal(extractor.features(grey * 5), extractor.features((grey * 5).clamp(-1, 1)))


def test_odd_images_are_refused(extractor):
    for shape in ((3, 8, 8), (1, 4, 8, 8), (0, 3, 8, 8)):
        with pytest.raises(MetricError, match=r"expected \(b, 3 or 1, h, w\)"):
            extractor.features(torch.zeros(shape))
    with pytest.raises(MetricError, match="NaN"):
        extractor.features(torch.full((1, 3, 8, 8), float("nan")))


def test_noise_moves_both_distances_up(extractor, images):
    features = [extractor.features(noisy(images, level)) for level in (0, 0.05, 0.5)]
    kernel = [kernel_distance(features[0], each).mean for each in features]
    few = slice(0, 512)  # dimensions: an eigenproblem of all takes seconds
    moments = [FeatureMoments(512).update(each[:, few]) for each in features]
    frechet = [frechet_distance(moments[0], each, allow_singular=True) for each in moments]
    assert frechet[0] < 1e-6 * frechet[1] and frechet[1] < frechet[2]
    assert kernel[1] < kernel[2]


def test_moments_of_batches_are_those_of_all_images(extractor, images):
    moments = moments_of(extractor, images[:3].split(2))
    assert moments.count == 3 and moments.source == source_of(extractor)
    assert torch.allclose(moments.mean.float(), extractor.features(images[:3]).mean(0), rtol=1e-4, atol=1e-4)
