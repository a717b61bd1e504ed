"""Held features of the whole image, measured on edited images."""

from __future__ import annotations

import pytest
import torch

from resefa.editing.held import held_features
from resefa.worlds import AttributeReader


def test_cosines_of_networks_and_attributes():
    images = torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1
    found = held_features(["luminance", "features:toon-attributes", "pixels@eyes=2"], images, images[:1])
    (one,) = found
    features = AttributeReader().features(images)
    wanted = torch.nn.functional.cosine_similarity(features, features[:1])
    assert one.term == "features:toon-attributes" and one.cosines[0] == pytest.approx(1)
    assert one.cosines == pytest.approx(wanted.tolist(), abs=1e-4) and min(one.cosines) < 0.999


def test_a_network_that_is_not_here_is_named_with_the_reason():
    (one,) = held_features(["features:face"], torch.zeros(1, 3, 8, 8), torch.zeros(1, 3, 8, 8))
    assert one.cosines == () and "Unknown network 'face'" in one.reason and one.facts()["reason"] == one.reason
