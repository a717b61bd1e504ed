"""The short form of ``benchmarks/robustness/fuzz_checkpoints.py``."""

from __future__ import annotations

from hostile.good import GOOD
from hostile.mutations import mutated
from hostile.watched import watched
from hostile.worker import violation

PER_FORMAT = 60


def test_mutations_of_good_files(tmp_path):
    good = [(name, make()) for name, make in GOOD.items()]
    files = ((f"{name} seed {seed}", mutated(data, seed)) for name, data in good for seed in range(PER_FORMAT))
    results = watched(files, tmp_path, good, "turns")
    assert len(results) >= PER_FORMAT * len(GOOD)
    assert not [(found["file"], found["opener"], said) for found in results if (said := violation(found))]
