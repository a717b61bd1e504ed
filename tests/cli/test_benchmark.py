"""``resefa benchmark`` refuses impossible requests before it measures."""

from __future__ import annotations

import pytest

from resefa.benchmark.settings import Settings, quick_settings
from resefa.cli.benchmark import benchmark
from resefa.errors import OutputError, UsageError

pytest.importorskip("matplotlib")


@pytest.mark.parametrize(
    ("options", "facts", "error"),
    [
        ({"output": " "}, ["--output", "empty"], OutputError),
        ({"report_only": True, "output": "nothing"}, ["nothing", "settings.json"], UsageError),
        ({"model": "toon-faces-64", "methods": "sefa:S"}, ["sefa:S", "sefa:W"], UsageError),
        ({"model": "toon-faces-64", "methods": "sefas"}, ["sefas", "sefa"], UsageError),
        ({"model": "toon-faces-64", "parts": "nose"}, ["nose", "mouth"], UsageError),
        ({"model": "toon-faces-64", "images": 0}, ["--images", "0"], UsageError),
        ({"model": "toon-faces-64", "seed": 3}, ["seeds", "3"], UsageError),
    ],
)
def test_an_impossible_request_is_refused(tmp_path, monkeypatch, options, facts, error):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error) as refused:
        benchmark(**{"seed": 1000, **options}, quiet=True)
    assert all(fact in str(refused.value) for fact in facts), refused.value
    assert not list(tmp_path.rglob("results.jsonl"))


def test_a_small_model_limits_the_sizes():
    settings = quick_settings(Settings("toon-faces-64", "0" * 64))
    found = settings.changed(cases=None, regions=("mouth",), images=2, first_seed=1005, size=None, resolution=64)
    assert (found.measured_at, found.analysed_at, found.seeds) == (64, None, (1005, 1006))
    whole = settings.changed(cases=None, regions=("mouth",), images=None, first_seed=1000, size=256, resolution=256)
    assert (whole.measured_at, whole.analysed_at, len(whole.seeds)) == (256, 64, 4)
