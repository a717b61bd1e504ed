"""The protocol: one seed, the same figures; a cut file goes on to them; what is planted beats what is random."""

from __future__ import annotations

import json
from statistics import median

import pytest
import torch
from PIL import Image
from reference.planted import PLANTED, REGION, planted_generator

from resefa.comparison.comparison import Comparison
from resefa.comparison.experiment import Experiment
from resefa.comparison.journal import FILE
from resefa.comparison.measures.registry import Measures
from resefa.comparison.methods import methods_of, with_labels
from resefa.errors import UsageError


class Brightness:
    """Stands for a measure of pairs, and for an extractor."""

    name, fingerprint, better = "brightness", "1", "lower"

    def of(self, edited, original):
        return [float(image.mean() - original.mean()) if i else None for i, image in enumerate(edited)]

    def features(self, images):
        return images.flatten(1)[:, :5]


GENERATOR = planted_generator()
MEASURES = Measures(pairs=(Brightness(),), extractors=(Brightness(),), absent={"FID": "no weights came"})


def experiment(**changes):
    given = {"images": 4, "discovery": 2, "levels": (0.02, 0.05), "shown": 2, **changes}
    methods = given.pop("methods", methods_of(["resefa", "random", "stylespace"]))
    return Experiment(
        "planted", GENERATOR.fingerprint, {REGION: REGION}, methods, measures=MEASURES.fingerprints(), **given
    )  # fmt: skip


def run(folder, **changes):
    return Comparison(GENERATOR, experiment(**changes), folder, measures=MEASURES).run().records


def without_times(records):
    return [{key: value for key, value in record.items() if "seconds" not in key} for record in records]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compared")
    run(folder)
    return folder


@pytest.fixture(scope="module")
def records(folder):
    return [json.loads(line) for line in (folder / FILE).read_text().splitlines()]


def edits(records, **wanted):
    return [one for one in records if one["kind"] == "edit" and all(one[key] == value for key, value in wanted.items())]


def test_every_image_method_level_and_side_has_a_line(records):
    assert len(edits(records)) == 4 * 2 * 2 * 2 * 2  # images, settings, methods that apply, levels, signs
    for one in edits(records):
        assert one["attained"] and one["inside"] == pytest.approx(one["level"], rel=1e-3)
    assert {one["image"] for one in edits(records)} == {1000, 1001, 1002, 1003}


@pytest.mark.parametrize("setting", ["per-image", "transferred"])
def test_a_planted_direction_beats_a_random_one(records, setting):
    planted, random = (
        median(one["outside"] for one in edits(records, method=method, setting=setting, level=0.05))
        for method in ("resefa", "random")
    )
    assert planted < 1e-4 < 0.01 < random


def test_the_direction_carried_over_is_the_planted_one_and_is_kept_as_a_file(folder):
    import resefa

    (path,) = (folder / "directions").glob("*resefa*")
    assert torch.allclose(resefa.Directions.load(path).vectors[0].abs(), torch.eye(12)[PLANTED], atol=2e-2)


def test_a_method_that_does_not_apply_and_a_measure_that_is_missing_are_said(records):
    assert [one["method"] for one in records if one["kind"] == "inapplicable"] == ["stylespace"]
    assert [one["reason"] for one in records if one["kind"] == "absent"] == ["no weights came"]


def test_measures_are_taken_at_the_reference_level_and_a_missing_figure_is_kept_as_missing(records):
    judged = [one for one in edits(records) if "measures" in one]
    assert {one["level"] for one in judged} == {0.05}
    assert sum(one["measures"]["brightness"] is None for one in judged) == 4
    sets = [one for one in records if one["kind"] == "distance"]
    assert {one["method"] for one in sets} == {"resefa", "random", "other images"}


def test_sweeps_go_to_the_same_steps_for_all_methods(records):
    sweeps = [one for one in records if one["kind"] == "sweep"]
    assert len({tuple(one["alphas"]) for one in sweeps}) == 1 and len(sweeps) == 4 * 2 * 2 * 2


@pytest.mark.parametrize("share", [0.2, 0.6, 0.97])
def test_a_cut_file_goes_on_to_the_same_results(folder, records, tmp_path, share):
    from shutil import copytree

    cut = tmp_path / "cut"
    copytree(folder, cut)
    content = (cut / FILE).read_bytes()
    (cut / FILE).write_bytes(content[: int(share * len(content))])
    run(cut)
    again = [json.loads(line) for line in (cut / FILE).read_text().splitlines()]
    assert without_times(again) == without_times(records)


def test_a_second_run_of_the_seed_gives_the_same_figures_and_another_seed_others(records, tmp_path):
    again = run(tmp_path / "again")
    closed = [one for one in records if one["kind"] != "end"]
    assert without_times(again) == without_times(closed)
    assert without_times(run(tmp_path / "other", seed=1)) != without_times(closed)


def test_other_settings_in_the_folder_are_refused(folder):
    with pytest.raises(UsageError, match="images: 4 in the folder, 3 requested"):
        run(folder, images=3)


def test_a_mask_painted_anew_under_its_name_is_another_region(tmp_path):
    mask, right = tmp_path / "mask.png", torch.zeros(8, 8, dtype=torch.uint8)
    right[:, 4:] = 255
    text = f"'{mask}'"
    made = Experiment(
        "planted", GENERATOR.fingerprint, {text: text}, methods_of(["random"]), images=2, discovery=1, levels=(0.05,)
    )
    Image.fromarray(right.numpy()).save(mask)
    Comparison(GENERATOR, made, tmp_path / "out")
    Comparison(GENERATOR, made, tmp_path / "out")
    Image.fromarray(right.flip(1).numpy()).save(mask)
    with pytest.raises(UsageError, match="different settings"):
        Comparison(GENERATOR, made, tmp_path / "out")


def test_a_boundary_from_labels_takes_part_and_no_label_is_of_a_held_out_image(tmp_path):
    seeds = list(range(20_000, 20_200))
    labels = GENERATOR.sample(seeds).values[:, PLANTED].tolist()
    methods = with_labels(methods_of(["interfacegan", "random"]), seeds, labels)
    found = Experiment(
        "planted", GENERATOR.fingerprint, {REGION: REGION}, methods, images=2, discovery=1, levels=(0.05,), shown=0
    )
    found = Comparison(GENERATOR, found, tmp_path).run().records
    learned, random = (
        median(one["outside"] for one in edits(found, method=method)) for method in ("interfacegan", "random")
    )
    assert learned < random / 5
    with pytest.raises(UsageError, match="seed 1000 is labelled.* held-out"):
        experiment(methods=with_labels(methods, [1000], [1.0]))
