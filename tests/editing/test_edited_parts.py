"""A change inside a part of the image is measured in the part of the image that is edited."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch
from reference.blob import ColourSegmenter, blob, blob_generator, disc_mask

import resefa
from resefa.editing import random_directions
from resefa.errors import LatentError, RegionError, ResefaWarning
from resefa.metrics.change import region_change, squared_change
from resefa.presentation.sheets import sheet

CHANGE = 0.02
OTHERS = [5, 9]
"""Seeds whose discs lie elsewhere than that of seed 0."""


@pytest.fixture(scope="module")
def generator():
    return blob_generator()


@pytest.fixture(scope="module")
def found(generator):
    return resefa.discover(generator, generator.sample(0), "part:blob", k=3)


def inside(images, code):
    """The change of images (s, c, h, w) within the disc of the image of one code, from the definition."""
    return squared_change(images, blob(code.values))[:, disc_mask(code)].mean(1)


@pytest.mark.parametrize("text", ["", "part:blob"])
def test_the_change_is_that_of_the_edited_image(generator, found, text):
    codes = generator.sample(OTHERS)
    assert not torch.equal(disc_mask(codes[0]), found.edit.bool())
    images = resefa.edit(generator, codes, found[0], [-1, 1], change=CHANGE, region=text or None)
    for row, code in zip(images, codes, strict=True):
        assert torch.allclose(inside(row, code), torch.tensor(CHANGE, dtype=torch.float64), rtol=1e-3)


def test_several_images_are_calibrated_by_the_mean_of_their_changes(generator, found):
    codes = generator.sample(OTHERS)
    steps = resefa.calibrate(generator, codes, found[0], CHANGE)
    images = [resefa.edit(generator, code, found[0], [steps.positive])[0] for code in codes]
    mean = torch.stack([inside(row, code) for row, code in zip(images, codes, strict=True)]).mean()
    assert float(mean) == pytest.approx(CHANGE, rel=1e-3) and steps.plus.inside == pytest.approx(float(mean), rel=1e-6)
    measured = resefa.locality(generator, codes, found[0], CHANGE, randoms=2)
    assert measured.inside == pytest.approx(CHANGE, rel=1e-3) and measured.random_outside > 5 * measured.outside


def test_random_directions_are_measured_in_the_same_parts(generator, found):
    code = generator.sample(5)
    sweep = resefa.Sweep(generator, code, found[0], [-1, 1], change=CHANGE, randoms=1)
    for one in sweep.measured:
        (direction,) = random_directions(found[0], 1, 1000)
        level = replace(direction, vector=direction.vector * (1 if one.strength > 0 else -1))
        steps = resefa.calibrate(generator, code, level, one.inside)
        weights = disc_mask(code).double()
        moved = resefa.edit(generator, code, level, [steps.positive])[0]
        (change,) = region_change(moved, blob(code.values), weights, 1 - weights)
        assert one.random_outside == pytest.approx(change.outside, rel=1e-3)


def test_the_outline_follows_the_image(generator, found):
    first, second = resefa.Sweep.each(generator, generator.sample(OTHERS), found[0], [0.0])
    assert first.region is not None and first.region.tobytes() != second.region.tobytes()
    assert torch.equal(first.composition.edit.bool(), disc_mask(generator.sample(5)))


def test_directions_with_different_regions_move_together(generator, found):
    code = generator.sample(5)
    corner = resefa.discover(generator, code, "box:12,12,6,6", k=1)
    both = resefa.Composition(((found[0], 1.0),), ((corner[0], 0.5),))
    sweep = resefa.Sweep(generator, code, both, [0.0])
    assert torch.equal(sweep.composition.edit, torch.maximum(disc_mask(code).float(), corner.edit))


def test_the_file_holds_the_text_and_the_segmenter(generator, found, tmp_path):
    found.save(tmp_path / "blob.safetensors")
    again = resefa.Directions.load(tmp_path / "blob.safetensors")
    assert again.provenance.region == "part:blob" and again.provenance.segmenter == "by colour"
    code = generator.sample(5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        images = resefa.edit(generator, code, again[0], 1, change=CHANGE)
    assert torch.equal(images, resefa.edit(generator, code, found[0], 1, change=CHANGE))
    other = blob_generator(segmenter=ColourSegmenter("another"))
    with pytest.warns(ResefaWarning, match="part:blob of .* marked by a different segmenter"):
        resefa.edit(other, code, again[0], 1, change=CHANGE)


def test_without_a_segmenter_no_change_is_measured(generator, found):
    bare = resefa.wrap(blob, 8, dtype=torch.float64)
    code = bare.sample(5)
    with pytest.raises(LatentError, match="part:blob follows the image, but blob has no segmenter"):
        resefa.edit(bare, code, found[0], 1, change=CHANGE)
    with pytest.warns(ResefaWarning, match="no segmenter, so no change is measured"):
        sweep = resefa.Sweep(bare, code, found[0], [1.0])
    assert sweep.region is None and not sweep.measured
    # A region of fixed pixels replaces it.
    assert torch.isfinite(resefa.edit(bare, code, found[0], 1, change=CHANGE, region="box:8,8,8,8")).all()


def test_an_image_without_the_part_is_named_or_shown_without_figures(generator):
    values = torch.zeros(2, 8, dtype=torch.float64)
    values[:, 7] = torch.tensor([1.0, -1.0])
    codes = resefa.LatentCode(values, "Z", (11, 12))
    found = resefa.discover(generator, codes[0], "part:hat", k=1)
    with pytest.raises(RegionError, match="the image of seed 12, which has no hat"):
        resefa.edit(generator, codes, found[0], 1, change=CHANGE)
    with pytest.warns(ResefaWarning, match="No change is measured: .* seed 12"):
        sweeps = resefa.Sweep.each(generator, codes, found[0], [-1.0, 1.0])
    assert [len(sweep.measured) for sweep in sweeps] == [2, 0]
    assert sheet(sweeps).width == sheet(sweeps[:1]).width


def test_a_region_given_for_import_is_kept_as_text(generator):
    plain = resefa.Directions(torch.eye(8)[2:3])
    direction = plain.with_region(resefa.Region.part("blob"), generator.resolution)[0]
    assert direction.edit is None and direction.has_region and direction.name == "blob #0"
    code = generator.sample(9)
    images = resefa.edit(generator, code, direction, 1, change=CHANGE)
    assert float(inside(images[0], code)) == pytest.approx(CHANGE, rel=1e-3)


def test_a_file_names_no_further_file_but_the_user_may(generator, found, tmp_path):
    path = tmp_path / "mask.npy"
    np.save(path, np.eye(24) > 0)
    code = generator.sample(5)
    for text in (str(path), f"file:{path}", f"'{path}'", f"'{path}'#1", f"{path}#1"):
        stored = replace(found.provenance, region=f"part:blob+{text}")
        with pytest.raises(RegionError, match="which is not opened; give the region"):
            resefa.edit(generator, code, replace(found, provenance=stored)[0], 1, change=CHANGE)
    given = resefa.Region.part("blob") | resefa.Region.mask(np.eye(24) > 0)
    for region in (given, f"part:blob+{path}"):
        sweep = resefa.Sweep(generator, code, found[0], [-1, 1], change=CHANGE, region=region)
        assert torch.equal(sweep.composition.edit.bool(), disc_mask(code) | torch.eye(24, dtype=torch.bool))
