"""The embedded segmenter on drawn heads, whose exact labels are known."""

from __future__ import annotations

import pytest
import torch

from resefa.errors import RegionError, WeightsError
from resefa.regions.image_parts import Segmenter, parts_of
from resefa.segmenters import ToonParts, segmenter_for
from resefa.worlds import LABELS, ToonWorld
from resefa.zoo.cards import card
from resefa.zoo.checksums import verified

FLOORS = {
    "background": 0.98,
    "rear-hair": 0.92,
    "body": 0.9,
    "head": 0.945,
    "clothes": 0.85,
    "mouth": 0.8,
    "beard": 0.84,
    "eyes": 0.83,
    "eyebrows": 0.74,
    "hair": 0.955,
    "glasses": 0.77,
}
"""Least intersection over union, below the figures of benchmarks/results/toon_parts.json."""
SEED = 318


@pytest.fixture(scope="module")
def segmenter():
    return ToonParts()


@pytest.fixture(scope="module")
def world():
    return ToonWorld(256)


@pytest.fixture(scope="module")
def drawn(world):
    return world.draw(world.sample(64, SEED))


def test_names_are_the_labels_of_the_world(segmenter):
    assert segmenter.names == LABELS and segmenter.fingerprint == card("toon-parts").sha256


def test_is_the_segmenter_of_the_toon_faces(segmenter):
    assert isinstance(segmenter, Segmenter) and isinstance(segmenter_for("toon-faces"), ToonParts)


def test_left_and_right_eyes_are_the_viewers(segmenter, world):
    heads = world.sample(3, SEED).with_kind("eyes", "wide").with_kind("glasses", "none")
    for parts in parts_of(world.draw(heads).images, segmenter):
        left, right, both = (parts.mask(name) for name in ("left-eye", "right-eye", "eyes"))
        assert (left | right).sum() == both.sum() and left.any() and right.any()
        assert left.nonzero()[1].max() < right.nonzero()[1].min()
        assert (parts.mask("face") & parts.mask("mouth")).sum() == parts.mask("mouth").sum()


def test_labels_agree_with_the_exact_masks(segmenter, drawn):
    found = segmenter(drawn.images)
    assert found.dtype == torch.int64
    for label, name in enumerate(LABELS):
        a, b = found == label, drawn.labels == label
        assert float((a & b).sum() / (a | b).sum()) > FLOORS[name], name


def test_labels_depend_on_the_image_alone_and_are_the_same_again(segmenter, drawn):
    state = torch.get_rng_state()
    together, alone = segmenter(drawn.images[:3]), segmenter(drawn.images[2:3])
    assert torch.equal(together[2:], alone) and torch.equal(together, segmenter(drawn.images[:3]))
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize("size", [(64, 64), (128, 128), (200, 150), (512, 512)])
def test_labels_have_the_size_of_the_images(segmenter, drawn, size):
    images = torch.nn.functional.interpolate(drawn.images[:2], size, mode="bilinear", antialias=True)
    truth = torch.nn.functional.interpolate(drawn.labels[:2, None].float(), size, mode="nearest-exact")[:, 0]
    found = segmenter(images)
    assert found.shape == (2, *size)
    assert float((found == truth).float().mean()) > 0.93


def test_absent_parts_are_not_marked_and_added_parts_are(segmenter, world):
    bare = world.sample(4, SEED)
    for part in ("hair", "rear-hair", "beard", "glasses"):
        bare = bare.with_kind(part, "none")
    dressed = bare.with_kind("glasses", "sunglasses").with_kind("beard", "full-beard").with_kind("hair", "spiky")
    before, after = (segmenter(world.draw(heads).images) for heads in (bare, dressed))
    for part, least in (("hair", 0.04), ("beard", 0.01), ("glasses", 0.01)):
        label = LABELS.index(part)
        assert float((before == label).float().mean((1, 2)).max()) < 0.002, part
        assert float((after == label).float().mean((1, 2)).min()) > least, part


def test_probabilities_add_up_and_their_largest_is_the_label(segmenter, drawn):
    found = segmenter.probabilities(drawn.images[:1])
    assert found.shape == (1, len(LABELS), 256, 256)
    assert torch.allclose(found.sum(1), torch.ones(1, 256, 256), atol=1e-5)
    assert torch.equal(found.argmax(1), segmenter(drawn.images[:1]))


def test_grey_images_are_three_equal_channels(segmenter, drawn):
    grey = drawn.images[:1].mean(1, keepdim=True)
    assert torch.equal(segmenter(grey), segmenter(grey.expand(-1, 3, -1, -1)))


def test_odd_images_are_refused(segmenter):
    for shape in ((3, 8, 8), (1, 4, 8, 8), (0, 3, 8, 8)):
        with pytest.raises(RegionError, match=r"expected \(b, 3 or 1, h, w\)"):
            segmenter(torch.zeros(shape))
    with pytest.raises(RegionError, match="NaN"):
        segmenter(torch.full((1, 3, 8, 8), float("nan")))


def test_weights_of_another_network_are_refused():
    with pytest.raises(WeightsError, match=r"resefa\.part-segmenter"):
        ToonParts(verified(card("toon-attributes")))
