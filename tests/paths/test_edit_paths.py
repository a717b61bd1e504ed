"""Paths in place of a direction: edits, sweeps, compositions; and the codes, models and regions that are refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from reference.planted import REGION, planted_generator

import resefa
from resefa.directions.provenance import Provenance
from resefa.errors import DirectionsError, LatentError, ResefaWarning, UsageError
from resefa.metrics.change import region_change
from resefa.paths import straight_paths

GENERATOR = planted_generator()
CODES = GENERATOR.sample([3, 4])
FOUND = resefa.discover(GENERATOR, CODES, REGION, k=2)
PATHS = straight_paths(GENERATOR, CODES, FOUND[0], change=1e-4, largest=2)


def test_strengths_are_changes_inside_on_the_images():
    images = resefa.edit(GENERATOR, None, PATHS, [-2, -0.5, 0, 1])
    for i, code in enumerate(CODES):
        changes = region_change(images[i], GENERATOR.synthesize(code), FOUND.edit, FOUND.protect)
        assert [one.inside for one in changes] == pytest.approx([4e-4, 0.25e-4, 0, 1e-4], rel=1e-3, abs=1e-12)


def test_a_straight_path_is_the_straight_edit():
    curved = resefa.edit(GENERATOR, CODES, PATHS, [-1, 1], change=2e-4)
    assert torch.allclose(curved, resefa.edit(GENERATOR, CODES, FOUND[0], [-1, 1], change=2e-4), atol=1e-4)


def test_a_code_finds_its_path_in_any_order():
    bent = replace(PATHS, paths=(PATHS.paths[0], replace_steps(PATHS.paths[1], 3.0)))
    both = resefa.edit(GENERATOR, None, bent, [1])
    assert torch.equal(resefa.edit(GENERATOR, CODES[1], bent, [1])[0], both[1])
    turned = resefa.edit(GENERATOR, GENERATOR.sample([4, 3]), bent, [1])
    assert torch.equal(turned[0], both[1]) and torch.equal(turned[1], both[0])


def replace_steps(path, factor):
    return resefa.paths.EditPath(path.steps * factor, path.inside, path.outside, path.origin)


def test_a_code_without_a_path_is_refused():
    with pytest.raises(LatentError, match="no path for seed 9, only for seed 3, seed 4"):
        resefa.edit(GENERATOR, GENERATOR.sample([3, 9]), PATHS, [1])


def test_beyond_the_end_the_limit_is_said_once():
    with pytest.warns(ResefaWarning, match=r"seed 3: -3 is limited to -2\.00, \+3 is limited to \+2\.00"):
        images = resefa.edit(GENERATOR, CODES[0], PATHS, [-3, -2, 0, 2, 3])
    assert torch.allclose(images[0, 0], images[0, 1], atol=1e-6)
    sweep = resefa.Sweep(GENERATOR, CODES[0], PATHS, [-3, -2, 0, 2, 3], randoms=0)
    assert [sweep.repeats(i) for i in range(5)] == [True, False, False, False, True]
    assert sweep.caption(4) == "limit reached: +2.00 of +3"


def test_a_sweep_measures_every_picture():
    sweep = resefa.Sweep(GENERATOR, CODES[0], PATHS, [-1, -0.5, 0, 0.5, 1], randoms=0)
    facts = sweep.facts()
    assert [one["inside"] for one in facts["changes"]] == pytest.approx(
        [1e-4, 0.25e-4, 0, 0.25e-4, 1e-4], rel=1e-3, abs=1e-12
    )
    assert facts["paths"]["box:0,4,8,4 #0, straight"]["certificate"]["images"] == 16
    assert sweep.change == 1e-4 and facts["attained"] and sweep.composition.name.endswith("#0, straight")


def test_a_straight_direction_is_held_during_a_curved_sweep():
    held = resefa.Composition(((PATHS, -0.5),), held=((FOUND[1], 1.0),))
    images = resefa.edit(GENERATOR, CODES[0], held, [0, 2], change=1e-4)
    alone = resefa.edit(GENERATOR, CODES[0], FOUND[1], [1], change=1e-4)[0, 0]
    moved = resefa.edit(GENERATOR, CODES[0], PATHS, [-1], change=1e-4)[0, 0]
    # The generator is linear, so that edits add up.
    assert torch.allclose(images[0, 0], alone, atol=1e-5)
    assert torch.allclose(images[0, 1] - alone, moved - GENERATOR.synthesize(CODES[0])[0], atol=1e-5)


def test_calibration_and_locality_take_straight_directions():
    for measure in (resefa.calibrate, resefa.locality):
        with pytest.raises(UsageError, match="must be a straight direction"):
            measure(GENERATOR, None, PATHS)


def test_another_region_is_refused():
    with pytest.raises(UsageError, match="omit region"):
        resefa.edit(GENERATOR, None, PATHS, [1], region="box:0,0,2,2")


def test_another_model_warns_and_another_space_is_refused():
    other = resefa.wrap(lambda z: -torch.ones(len(z), 1, 8, 8), 12, name="other")
    with pytest.warns(ResefaWarning, match="weights differ"):
        resefa.edit(other, PATHS.code, PATHS, [1])
    with pytest.raises(LatentError, match="12 dimensions"):
        resefa.edit(resefa.wrap(lambda z: z.view(-1, 1, 3, 3), 9, name="small"), None, PATHS, [1])


def test_paths_and_codes_agree():
    with pytest.raises(DirectionsError, match="1 paths and 2 latent codes"):
        replace(PATHS, paths=PATHS.paths[:1])
    with pytest.raises(DirectionsError, match="dimensions"):
        replace(PATHS, vector=torch.nn.functional.normalize(torch.ones(5), dim=0))
    with pytest.raises(UsageError, match="change=7"):
        replace(PATHS, change=7)


def test_provenance_names_the_model_codes_and_conditions():
    origin = PATHS.provenance
    assert (origin.seeds, origin.model, origin.code_space) == ((3, 4), "planted", "Z")
    assert origin.fingerprint == GENERATOR.fingerprint and origin.truncation == 1.0
    assert PATHS.chosen([1]).provenance.seeds == (4,) and len(PATHS.chosen([1]).code) == 1
    assert repr(PATHS).startswith("EditPaths(2 paths along ")


@pytest.mark.parametrize(("change", "largest"), [(0, 1), (5, 1), (0.05, 0), (0.05, -1)])
def test_impossible_strengths_are_refused(change, largest):
    with pytest.raises(UsageError):
        straight_paths(GENERATOR, CODES, FOUND[0], change=change, largest=largest)


def test_a_region_that_follows_the_image_is_measured_on_each_image(toons):
    code = toons.sample(4)
    vector = torch.randn(1, 128, generator=torch.Generator().manual_seed(0))
    direction = resefa.Directions(vector, provenance=Provenance(space="W"))[0]
    paths = straight_paths(toons, code, direction, change=0.02, region="part:mouth")
    assert paths.follows_image and paths.edit is None
    (sweep,) = resefa.Sweep.each(toons, None, paths, [0, 0.5, 1], randoms=0)
    assert 0 < float(sweep.composition.edit.mean()) < 0.1  # the mouth of this image
    assert [one.inside for one in sweep.changes] == pytest.approx([0, 0.005, 0.02], rel=0.05, abs=1e-9)
