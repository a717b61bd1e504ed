"""Identity similarity on an embedder whose answers are known: cosines, and pairs without a face counted and not dropped."""

from __future__ import annotations

import math

import pytest
import torch

from resefa.errors import MetricError
from resefa.metrics.features.protocol import FaceEmbedder
from resefa.metrics.identity import identity_similarity


class Means:
    """Embeds an image as its mean colour; a black one has no face."""

    name, fingerprint, alignment, dimensions = "means", "", "none", 3

    def features(self, images: torch.Tensor) -> torch.Tensor:
        vectors = images.mean((-2, -1))
        return vectors.masked_fill(vectors.abs().sum(1, keepdim=True) == 0, math.nan)


def plain(*colours: tuple[float, float, float]) -> torch.Tensor:
    return torch.tensor(colours).float()[:, :, None, None].expand(-1, 3, 4, 4)


def test_cosines_and_what_has_no_face():
    assert isinstance(Means(), FaceEmbedder)
    originals = plain((1, 0, 0), (0, 1, 0), (0, 0, 0), (0, 0, 1))
    edited = plain((0.5, 0, 0), (1, 1, 0), (1, 0, 0), (0, 0, 0))
    found = identity_similarity(Means(), edited, originals)
    assert (found.count, found.not_found) == (2, 2)
    assert found.mean == pytest.approx((1 + math.sqrt(0.5)) / 2) and found.mean_distance == pytest.approx(0.75)
    assert found.cosines.isnan().tolist() == [False, False, True, True]
    assert str(found) == "0.854 over 2 pairs, no face in 2 (means, none)"


def test_one_original_for_all_and_no_face_at_all():
    found = identity_similarity(Means(), plain((1, 0, 0), (0, 1, 0)), plain((1, 0, 0)))
    assert found.cosines.tolist() == [1, 0]
    none = identity_similarity(Means(), plain((1, 0, 0)), plain((0, 0, 0)))
    assert none.count == 0 and none.not_found == 1 and math.isnan(none.mean)
    with pytest.raises(MetricError, match="2 originals .* 1 images"):
        identity_similarity(Means(), plain((1, 0, 0)), plain((1, 0, 0), (1, 0, 0)))
