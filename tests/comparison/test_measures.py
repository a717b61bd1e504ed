"""What judges the images: found by what was given, and pointing the right way."""

from __future__ import annotations

import pytest
import torch

from resefa.comparison.measures.pair_measures import SSIM, identity_measures
from resefa.comparison.measures.registry import measures_for
from resefa.comparison.measures.set_distances import DISTANCES
from resefa.errors import WeightsError


class Colours:
    """An embedder: the mean colour; no face where it is dark."""

    name, fingerprint, alignment, dimensions = "colours", "1", "none", 3
    calls = 0

    def features(self, images):
        Colours.calls += 1
        vectors = images.mean((2, 3)) + 1.1
        return vectors.masked_fill(vectors.sum(1, keepdim=True) <= 1, float("nan"))


def test_identity_is_one_for_the_same_face_and_none_where_no_face_is():
    draw = torch.Generator().manual_seed(0)
    original = torch.rand(1, 3, 16, 16, generator=draw)
    edited = torch.cat(
        [original, original * torch.tensor([1.0, -1, 1])[:, None, None], torch.full((1, 3, 16, 16), -1.0)]
    )
    cosine, distance = identity_measures(Colours())
    before = Colours.calls
    cosines, distances = cosine.of(edited, original), distance.of(edited, original)
    assert Colours.calls == before + 2  # edits and original, once for both figures
    assert cosines[0] == pytest.approx(1) and cosines[1] < 0.95 and cosines[2] is None
    assert distances[0] == pytest.approx(0, abs=1e-6) and distances[1] > 0.1 and distances[2] is None


def test_structure_is_one_for_the_same_image_and_none_for_one_below_its_window():
    draw = torch.Generator().manual_seed(0)
    original = torch.rand(1, 3, 16, 16, generator=draw)
    same, noisy = SSIM().of(torch.cat([original, torch.rand(1, 3, 16, 16, generator=draw)]), original)
    assert same == pytest.approx(1) and noisy < 0.5
    assert SSIM().of(original[..., :8, :8], original[..., :8, :8]) == [None]


def test_worse_images_are_further_away_by_every_distance():
    draw = torch.Generator().manual_seed(0)
    originals = torch.randn(30, 5, generator=draw)
    for distance, _ in DISTANCES:
        (near,), (far,) = (
            distance(originals + shift, originals, Colours(), 0).values() for shift in (0.1, 1.0)
        )  # fmt: skip
        assert near < far


def test_only_inception_gives_a_distance_called_fid():
    features = torch.randn(10, 3, generator=torch.Generator().manual_seed(0))
    names = [name for distance, _ in DISTANCES for name in distance(features, features, Colours(), 0)]
    assert len(names) == 2 and not any("FID" in name or "KID" in name for name in names)


def test_what_is_not_given_is_said(tmp_path):
    found = measures_for(features=False)
    assert set(found.absent) == {"FID", "EfficientNet-Lite0", "identity similarity"} and [
        one.name for one in found.pairs
    ] == ["SSIM"]
    with pytest.raises(WeightsError, match="does not exist"):
        measures_for(inception=tmp_path / "none.pth", features=False)
