"""No file runs anything, ends the process, passes a limit of memory or time, or is refused in more than a sentence."""

from __future__ import annotations

import re

import pytest
from hostile.archives import ARCHIVES
from hostile.attacks import OPENED_AS_DATA, SHELL, attacks
from hostile.bombs import bombs
from hostile.containers import call, named, plain
from hostile.good import GOOD, SAFETENSORS
from hostile.watched import watched
from hostile.worker import violation


@pytest.fixture(scope="module")
def good():
    return [(name, make()) for name, make in GOOD.items()]


def sound(results):
    """The results, none of which breaks the promise."""
    assert not [(found["file"], found["opener"], said) for found in results if (said := violation(found))]
    return results


def test_good_files_open(good, tmp_path):
    results = sound(watched(good, tmp_path, good))
    pickles = [found for found in results if found["file"] not in SAFETENSORS or "check" in found["opener"]]
    assert not [found for found in pickles if found["outcome"] != "opened"]


def test_the_watch_sees_what_a_careless_reader_runs(tmp_path):
    """Else nothing below would prove anything."""
    with pytest.raises(AssertionError, match="canary"):
        watched([("attack", plain(call(named("os.system"), SHELL)))], tmp_path, [], "careless")
    report = (tmp_path / "report.jsonl").read_text()
    assert "os.system" in report
    assert "pickle.find_class" in report


def test_attacks_are_refused_by_name_or_byte(good, tmp_path):
    results = sound(watched(attacks(), tmp_path, good))
    for found in results:
        name = found["file"].rsplit("/", 1)[-1]
        if found["opener"] == "open_checkpoint":
            assert found["outcome"] == "refused", found
        if found["opener"] == "read_tree" and "/way/" not in found["file"]:
            assert name in found["message"] and re.search(r"byte \d+", found["message"]), found
        if found["opener"] == "read_tree" and found["outcome"] == "opened":
            assert name in (*OPENED_AS_DATA, "second-pickle"), found
        if found["opener"] == "named_globals" and "/way/" not in found["file"]:
            assert found["unknown"] == [name], found
        if found["opener"] == "named_globals" and name.startswith("load-from-bytes") and found["outcome"] == "opened":
            assert found["unknown"] == ["os.system"], found


def checked_bombs(results):
    for found in sound(results):
        if found["opener"] == "open_checkpoint":
            assert found["outcome"] == "refused", found
        if found["outcome"] == "refused" and found["opener"] != "open_checkpoint":
            assert re.search(r"byte \d+", found["message"]) or found["file"].split("/")[-1] in ARCHIVES, found


def test_bombs_stay_small_and_short(good, tmp_path):
    # Each in one layout and by one opener, so that the suite stays short; the slow test below takes all.
    checked_bombs(watched(bombs(1), tmp_path, good, "turns"))


@pytest.mark.slow
def test_bombs_by_every_opener(good, tmp_path):
    checked_bombs(watched(bombs(), tmp_path, good))


def test_truncated_and_damaged_files(good, tmp_path):
    """Cut at every kilobyte; and one byte of every four kilobytes changed."""
    files = []
    for name, data in good:
        files += [(f"{name} cut at {length}", data[:length]) for length in range(0, len(data), 1024)]
        for place in range(0, len(data), 4096):
            changed = bytes([data[place] ^ 0x55])
            files.append((f"{name} changed at {place}", data[:place] + changed + data[place + 1 :]))
    results = sound(watched(files, tmp_path, good, "turns"))
    cut = [found for found in results if " cut at " in found["file"]]
    assert len(cut) > 100
    assert {found["outcome"] for found in cut if found["opener"] == "open_checkpoint"} == {"refused"}
