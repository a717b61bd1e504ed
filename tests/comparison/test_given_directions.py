"""A person's directions beside the methods."""

from __future__ import annotations

import pytest
import torch
from reference.planted import DIMENSIONS, PLANTED, REGION, planted_generator

from resefa.comparison.comparison import Comparison
from resefa.comparison.experiment import Experiment
from resefa.comparison.methods import GivenDirections, methods_of, with_directions
from resefa.directions.directions import Directions, Provenance
from resefa.errors import LatentError, UsageError

GENERATOR = planted_generator()


def saved(path, region="", dimensions=DIMENSIONS):
    vectors = torch.eye(dimensions)[[0, PLANTED]]
    Directions(vectors, provenance=Provenance(method="hand", space="Z", region=region)).save(path)
    return path


def experiment(given, regions=None, methods=("random",)):
    chosen = with_directions(methods_of(methods), given)
    return Experiment(
        "planted",
        GENERATOR.fingerprint,
        regions or {REGION: REGION},
        chosen,
        images=2,
        discovery=2,
        levels=(0.05,),
        shown=0,
    )


def test_the_best_of_the_file_is_transferred(tmp_path):
    given = [GivenDirections.open(saved(tmp_path / "mine.safetensors"), "Mine", GENERATOR)]
    run = Comparison(GENERATOR, experiment(given), tmp_path / "out", given=given)
    records = run.run().records
    (found,) = [one for one in records if one["kind"] == "discovery" and one["method"] == "Mine"]
    assert found["setting"] == "transferred" and found["index"] == 1, "the second one moves the region alone"
    mine = [one for one in records if one["kind"] == "edit" and one["method"] == "Mine"]
    assert len(mine) == 4 and all(one["outside"] < 1e-12 for one in mine)


def test_a_changed_file_is_another_experiment(tmp_path):
    path = saved(tmp_path / "mine.safetensors")
    first = [GivenDirections.open(path, "Mine", GENERATOR)]
    Comparison(GENERATOR, experiment(first), tmp_path / "out", given=first)
    Directions(torch.eye(DIMENSIONS)[:2], provenance=Provenance(space="Z")).save(path)
    second = [GivenDirections.open(path, "Mine", GENERATOR)]
    with pytest.raises(UsageError, match="different settings"):
        Comparison(GENERATOR, experiment(second), tmp_path / "out", given=second)


def test_directions_of_a_region_are_compared_on_it_alone(tmp_path):
    given = [GivenDirections.open(saved(tmp_path / "mine.safetensors", REGION), "Mine", GENERATOR)]
    other = "box:0,0,8,4"
    run = Comparison(GENERATOR, experiment(given, {REGION: REGION, other: other}), tmp_path / "out", given=given)
    assert f"transferred:{REGION}:Mine" in run.blocks and f"transferred:{other}:Mine" not in run.blocks
    with pytest.raises(UsageError, match="not compared"):
        Comparison(GENERATOR, experiment(given, {other: other}), tmp_path / "none", given=given)
    assert not (tmp_path / "none").exists()


def test_what_does_not_fit_is_said(tmp_path):
    with pytest.raises(LatentError, match="dimensions"):
        GivenDirections.open(saved(tmp_path / "wide.safetensors", dimensions=30), "Wide", GENERATOR)
    given = GivenDirections.open(saved(tmp_path / "mine.safetensors"), "random", GENERATOR)
    with pytest.raises(UsageError, match="already the name of"):
        with_directions(methods_of(["random"]), [given])


def test_where_no_method_applies_nothing_is_written(tmp_path):
    made = Experiment(
        "planted", GENERATOR.fingerprint, {REGION: REGION}, methods_of(["stylespace"]), images=2, levels=(0.05,)
    )
    with pytest.raises(
        UsageError, match="None of the methods applies to planted. stylespace: StyleSpace edits channels"
    ):
        Comparison(GENERATOR, made, tmp_path / "out")
    assert not (tmp_path / "out").exists()
