"""Inception-v3: torch-fidelity's frozen features on the same random weights, TensorFlow's resizing, files of other networks."""

from __future__ import annotations

import pytest
import torch
from reference.features.weights import HERE, pictures
from safetensors.torch import load_file
from torch.nn import functional as F

from resefa.errors import MetricError
from resefa.metrics.features.inception import Inception, tensorflow_resized


def test_features_are_torch_fidelitys(random_inception_file):
    wanted = load_file(HERE / "features.safetensors")["inception"]
    assert (wanted[0] - wanted[1]).abs().max() > 1e-2 * wanted.abs().max(), "the reference tells images apart"
    found = Inception(random_inception_file).features(pictures(3, 72, 64))
    assert (found - wanted).abs().max() < 1e-5 * wanted.abs().max()


def test_resizing_samples_at_corners_and_not_at_centres():
    pixels = torch.rand(1, 2, 5, 4, generator=torch.Generator().manual_seed(0)).double()
    found = tensorflow_resized(pixels, 8)
    assert found.shape == (1, 2, 8, 8)
    assert torch.allclose(found[..., 0, ::2], pixels[..., 0, :]) and torch.equal(found[..., 0, 7], found[..., 0, 6])
    centred = F.interpolate(pixels, (8, 8), mode="bilinear", align_corners=False)
    assert not torch.allclose(found, centred, atol=1e-2)
    assert torch.equal(tensorflow_resized(pixels[..., :4, :], 4), pixels[..., :4, :])


def test_a_file_of_another_network_is_refused_by_name(published_weights):
    with pytest.raises(
        MetricError, match=r"does not match the FID's Inception-v3: the file is missing Conv2d_1a_3x3\.conv\.weight"
    ):
        Inception(published_weights("efficientnet-lite0"))
