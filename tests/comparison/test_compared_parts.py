"""Comparisons in parts of the image: each held-out image is measured in its parts, and an image that lacks them is counted."""

from __future__ import annotations

import pytest
from PIL import Image
from reference.blob import blob_generator, disc_mask

from resefa.comparison.comparison import Comparison
from resefa.comparison.experiment import Experiment
from resefa.comparison.methods import methods_of
from resefa.comparison.report.results import Results
from resefa.errors import UsageError
from resefa.generators.image_regions import weights_on
from resefa.regions.region import Region


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    generator, folder = blob_generator(), tmp_path_factory.mktemp("compared")
    regions = {text: text for text in ("part:blob", "part:hat")}
    experiment = Experiment(
        generator.name, generator.fingerprint, regions, methods_of(["resefa", "random"]), images=4, discovery=8,
        levels=(0.01,), reference=0.01, shown=4, strengths=2,
    )  # fmt: skip
    comparison = Comparison(generator, experiment, folder, robustness={"part:blob": Region.part("things")})
    return generator, comparison, comparison.run().records


def test_images_without_the_part_are_failures_with_a_reason_and_the_rest_is_measured(run):
    generator, comparison, records = run
    seeds = comparison.experiment.held_out_seeds
    bare = {seed for seed in seeds if float(generator.sample(seed).values[0, 7]) < 0}
    assert bare and bare != set(seeds)
    of_hat = [one for one in records if one.get("region") == "part:hat" and one.get("image") is not None]
    failed = [one for one in of_hat if one["kind"] == "failure"]
    assert {one["image"] for one in failed} == bare and all("no hat" in one["reason"] for one in failed)
    assert {one["setting"] for one in failed} == {"per-image", "transferred"}
    assert {one["image"] for one in of_hat if one["kind"] == "edit"} == set(seeds) - bare
    assert comparison.experiment.pixels == {"part:blob": "by colour", "part:hat": "by colour"}
    case = ("per-image", "part:hat", "resefa")
    results = Results(comparison.folder)
    assert len(results.failures(case)) == len(bare)


def test_discovery_images_without_the_part_are_left_out(run):
    generator, comparison, _ = run
    seeds = comparison.discoverer.images_of("part:hat").seeds
    assert seeds == tuple(seed for seed in range(8) if float(generator.sample(seed).values[0, 7]) > 0)
    assert comparison.discoverer.saved()["part:hat", "resefa"].provenance.seeds == seeds


def test_outlines_and_weights_are_those_of_each_image(run):
    generator, comparison, _ = run
    first, second = comparison.experiment.held_out_seeds[:2]
    pictures = [comparison.folder / "pictures" / f"seed-{seed}" / "0-original.png" for seed in (first, second)]
    assert Image.open(pictures[0]).tobytes() != Image.open(pictures[1]).tobytes()
    weights = comparison.discoverer.weights("part:blob", generator.sample(second))
    assert bool((weights.edit.bool() == disc_mask(generator.sample(second))).all())
    assert weights.fingerprint == weights_on(generator, generator.sample(second), Region.part("blob")).fingerprint


def test_robustness_disturbs_and_judges_on_the_image(run):
    _, _, records = run
    robust = [one for one in records if one["kind"] == "robust" and one["region"] == "part:blob"]
    assert any(one["variant"] == "grown" for one in robust) and all("reason" not in one for one in robust)


def test_a_second_segmenter_is_a_different_experiment(run):
    _, comparison, _ = run
    other = blob_generator()
    other.segmenter.fingerprint = "another"
    with pytest.raises(UsageError, match="pixels: .*another"):
        Comparison(other, comparison.experiment, comparison.folder)
