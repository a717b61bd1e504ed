"""The embedded reader on drawn heads, whose attributes are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from resefa.errors import MetricError, WeightsError
from resefa.metrics.features.protocol import FeatureExtractor
from resefa.worlds import COLOURS, KINDS, AttributeReader, ToonWorld, visible_attributes
from resefa.zoo.cards import card
from resefa.zoo.checksums import verified

SEED = 318
COUNT = 64


@pytest.fixture(scope="module")
def reader():
    return AttributeReader()


@pytest.fixture(scope="module")
def world():
    return ToonWorld(256)


@pytest.fixture(scope="module")
def heads(world):
    return world.sample(COUNT, SEED)


@pytest.fixture(scope="module")
def drawing(world, heads):
    return world.draw(heads, alphas=True)


@pytest.fixture(scope="module")
def found(reader, drawing):
    return reader.read(drawing.images)


def test_names_are_those_of_the_world(reader):
    assert list(reader.classes.items()) == list(KINDS.items()) and reader.colours == COLOURS
    assert reader.fingerprint == card("toon-attributes").sha256
    assert set(reader.errors) == {*COLOURS, "pose"} and set(reader.accurate) <= set(KINDS)


@pytest.mark.parametrize("name", KINDS)
def test_visible_kinds_are_read(reader, found, heads, drawing, name):
    shown = visible_attributes(heads, drawing)[name]
    right = np.array(found.kinds(name)) == np.array(heads.names(name))
    assert right[shown].mean() >= (0.95 if name in reader.accurate else 0.8)
    assert torch.allclose(found.probabilities[name].sum(1), torch.ones(COUNT), atol=1e-5)
    assert torch.equal(found.confidence(name), found.probabilities[name].max(1).values)


def test_colours_and_poses_are_read_within_the_stated_errors(reader, found, heads, drawing):
    shown = visible_attributes(heads, drawing)
    for name in COLOURS:
        error = found.colours[name] - torch.from_numpy(heads.colours[name])
        assert float(error[shown[name]].square().mean().sqrt()) < 2 * float(reader.errors[name].square().mean().sqrt())
    error = (found.pose - torch.from_numpy(heads.pose)).square().mean(0).sqrt()
    assert bool((error < 2 * reader.errors["pose"]).all())


def test_a_mirrored_picture_shows_the_same_kinds_and_the_mirrored_pose(reader, found, drawing):
    mirrored = reader.read(drawing.images.flip(3))
    for name in ("mouth", "hair", "glasses"):
        same = np.array(mirrored.kinds(name)) == np.array(found.kinds(name))
        assert same.mean() > 0.9, name
    signs = torch.tensor([1.0, -1.0, 1.0, -1.0])
    assert bool(((mirrored.pose - found.pose * signs).square().mean(0).sqrt() < 3 * reader.errors["pose"]).all())


def test_a_changed_kind_is_read_and_sunglasses_hide_the_eyes(reader, world, heads):
    few = heads[:8].with_kind("glasses", "none").with_kind("beard", "none")
    for part, kind in (
        ("mouth", "laugh"),
        ("mouth", "sad"),
        ("hair", "bun"),
        ("beard", "long-beard"),
        ("glasses", "round"),
    ):
        assert reader.read(world.draw(few.with_kind(part, kind)).images).kinds(part).count(kind) >= 7, kind
    open_eyes, hidden = (
        reader.read(world.draw(few.with_kind("glasses", kind)).images).visible["eyes"]
        for kind in ("none", "sunglasses")
    )
    assert float(open_eyes.min()) > 0.8 and float(hidden.max()) < 0.2


def test_readings_depend_on_the_image_alone_and_are_the_same_again(reader, drawing, found):
    assert len(found) == COUNT
    alone = reader.read(drawing.images[2:3])
    assert torch.equal(alone.features[0], found.features[2]) and torch.equal(alone.pose[0], found.pose[2])


def test_is_a_feature_extractor(reader, drawing, found):
    assert isinstance(reader, FeatureExtractor)
    features = reader.features(drawing.images[:2])
    assert features.shape == (2, reader.dimensions) and torch.equal(features, found.features[:2])


def test_odd_images_are_refused(reader):
    for shape in ((3, 8, 8), (1, 4, 8, 8), (0, 3, 8, 8)):
        with pytest.raises(MetricError, match=r"expected \(b, 3 or 1, h, w\)"):
            reader.read(torch.zeros(shape))
    with pytest.raises(MetricError, match="NaN"):
        reader.features(torch.full((1, 3, 8, 8), float("nan")))


def test_weights_of_another_network_are_refused():
    with pytest.raises(WeightsError, match=r"resefa\.attribute-reader"):
        AttributeReader(verified(card("toon-parts")))
