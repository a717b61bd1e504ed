"""Settings: seeds that never mix, files that come back, and what differs said in words."""

from __future__ import annotations

import pytest

from resefa.comparison.experiment import Experiment, Method
from resefa.comparison.methods import methods_of
from resefa.errors import UsageError


def experiment(**changes):
    given = {"regions": {"mouth": "toon-faces:mouth"}, "methods": methods_of(["resefa", "random"]), **changes}
    return Experiment("toon-faces-64", "abc", **given)


def test_held_out_images_are_never_those_of_discovery():
    for seed in (0, 1, 7):
        one = experiment(seed=seed, images=9000, discovery=1000)
        assert not set(one.held_out_seeds) & set(one.discovery_seeds)
        assert not set(one.held_out_seeds) & set(experiment(seed=seed + 1, discovery=1000).discovery_seeds)


def test_settings_come_back_from_their_file(tmp_path):
    one = experiment(levels=(0.1, 0.02), methods=(Method("lowrankgan", {"relaxation": 2}, images=4),))
    one.save(tmp_path)
    assert Experiment.load(tmp_path) == one and one.levels == (0.02, 0.1)


def test_a_folder_of_other_settings_is_refused_and_says_what_differs(tmp_path):
    experiment().check_or_save(tmp_path)
    experiment().check_or_save(tmp_path)
    with pytest.raises(UsageError, match="images: 64 in the folder, 32 requested"):
        experiment(images=32).check_or_save(tmp_path)
    with pytest.raises(UsageError, match="fingerprint: abc in the folder, xyz requested"):
        Experiment("toon-faces-64", "xyz", {"mouth": "toon-faces:mouth"}, experiment().methods).check_or_save(tmp_path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"images": 1}, "images=1 .* 2 to 9000"), ({"levels": (0.0,)}, "between 0 and 4"), ({"regions": {}}, "at least one region"),
     ({"discovery": 2000}, "discovery=2000"), ({"seed": -1}, "seed=-1")],
)  # fmt: skip
def test_what_makes_no_sense_is_one_sentence(changes, words):
    with pytest.raises(UsageError, match=words):
        experiment(**changes)


def test_methods_by_name():
    assert len(methods_of(None)) >= 8
    with pytest.raises(UsageError, match="Unknown method 'sifa'.*resefa"):
        methods_of(["sifa"])
    with pytest.raises(UsageError, match="sefa, sefa"):
        methods_of(["sefa", "sefa"])
