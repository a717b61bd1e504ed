"""Data sets on disk: complete, the same at each writing, resumed after an interruption, and never mixed with other files."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from reference.command import resefa as run

from resefa.errors import OutputError, UsageError
from resefa.regions.label_maps import label_map
from resefa.worlds import KINDS, LABELS, ToonWorld, data_set, write_data_set

COUNT = 21


@pytest.fixture(scope="module")
def world() -> ToonWorld:
    return ToonWorld(32)


@pytest.fixture(scope="module")
def written(world: ToonWorld, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data_set(world, tmp_path_factory.mktemp("sets") / "heads", COUNT, seed=5).folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def rows(folder: Path) -> list[dict[str, str]]:
    with open(folder / "attributes.csv", newline="") as file:
        return list(csv.DictReader(file))


def test_every_head_is_written_as_it_is_drawn(world, written):
    attributes = world.sample(COUNT, 5)
    drawing = world.draw(attributes)
    table = rows(written)
    assert len(table) == COUNT and len(list((written / "images").iterdir())) == COUNT
    for i, row in enumerate(table):
        image = np.asarray(Image.open(written / row["image"]))
        expected = (drawing.images[i].permute(1, 2, 0).numpy() + 1) * 127.5
        assert image.dtype == np.uint8 and np.abs(image - expected).max() < 0.51
        picture = Image.open(written / row["labels"])
        assert picture.mode == "P" and np.array_equal(np.asarray(picture), drawing.labels[i].numpy())
        assert {part: row[part] for part in KINDS} == {part: attributes.names(part)[i] for part in KINDS}
        assert np.float32(row["angle"]) == attributes.pose[i, 3]
        assert np.float32(row["hair-colour-blue"]) == attributes.colours["hair-colour"][i, 2]


def test_the_same_seed_gives_the_same_bytes(world, written, tmp_path):
    again = write_data_set(world, tmp_path / "again", COUNT, seed=5)
    assert contents(again.folder) == contents(written) and again.reused == 0
    fewer = contents(write_data_set(world, tmp_path / "fewer", 3, seed=5).folder)
    assert fewer["images/000002.png"] == contents(written)["images/000002.png"]
    other = contents(write_data_set(world, tmp_path / "other", 3, seed=6).folder)
    assert other["images/000002.png"] != fewer["images/000002.png"]


def test_a_label_map_is_a_region(written):
    path = written / "labels" / "000000.png"
    head = LABELS.index("head")
    marked = torch.from_numpy(np.asarray(Image.open(path)) == head)
    assert torch.equal(label_map(path, head).raster(32, 32) > 0, marked) and marked.any()


def test_the_readme_states_the_licence_and_the_labels(written):
    text = (written / "README.md").read_text()
    assert "Johan Melin" in text and "CC BY 4.0" in text and "Changes" in text
    assert all(f"| {label} | {name} |" in text for label, name in enumerate(LABELS))


def test_an_interrupted_run_resumes(world, written, tmp_path, monkeypatch):
    drawn = data_set._write_picture
    calls: list[Path] = []

    def interrupted(path: Path, data: bytes) -> None:
        calls.append(path)
        if len(calls) > 10:
            raise KeyboardInterrupt
        drawn(path, data)

    monkeypatch.setattr(data_set, "_write_picture", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_data_set(world, tmp_path / "heads", COUNT, seed=5)
    assert not (tmp_path / "heads").exists() and (tmp_path / "heads.partial").is_dir()
    monkeypatch.setattr(data_set, "_write_picture", drawn)
    # A power failure after the file was named.
    damaged = min((tmp_path / "heads.partial" / "labels").iterdir())
    damaged.write_bytes(damaged.read_bytes()[:-20])
    steps: list[tuple[int, int]] = []
    resumed = write_data_set(world, tmp_path / "heads", COUNT, 5, lambda done, total: steps.append((done, total)))
    assert 0 < resumed.reused < COUNT and steps[-1] == (COUNT, COUNT) and steps[0][0] > resumed.reused
    assert contents(resumed.folder) == contents(written)
    assert [path.name for path in tmp_path.iterdir()] == ["heads"]


def test_other_files_are_never_touched(world, tmp_path):
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match="taken already contains files"):
        write_data_set(world, taken, 1)
    foreign = tmp_path / "new.partial"
    foreign.mkdir()
    (foreign / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"new\.partial contains files of another kind"):
        write_data_set(world, tmp_path / "new", 1)
    (foreign / "world.json").write_text(json.dumps({"seed": 3}))
    with pytest.raises(OutputError, match="other settings"):
        write_data_set(world, tmp_path / "new", 1)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [
        "thesis.txt",
        "thesis.txt",
        "world.json",
    ]


def test_an_empty_folder_is_filled(world, tmp_path):
    (tmp_path / "empty").mkdir()
    found = contents(write_data_set(world, tmp_path / "empty", 1).folder)
    assert {"images/000000.png", "labels/000000.png", "attributes.csv", "README.md", "world.json"} <= set(found)


def test_threads_of_torch_are_restored(world, tmp_path):
    before = torch.get_num_threads()
    write_data_set(world, tmp_path / "heads", 1)
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("count", [0, -1, 1_000_001])
def test_an_impossible_count_is_refused(world, tmp_path, count):
    with pytest.raises(UsageError, match="count is"):
        write_data_set(world, tmp_path / "heads", count)
    assert not list(tmp_path.iterdir())


def test_attributes_are_also_written_as_parquet(world, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    folder = write_data_set(world, tmp_path / "heads", 3).folder
    table = parquet.read_table(folder / "attributes.parquet").to_pydict()
    assert table["mouth"] == [row["mouth"] for row in rows(folder)] and table["flip"][0] in (0, 1)


def test_the_command_writes_a_data_set_and_reports_it(tmp_path):
    done = run("worlds", "draw", "--count", "2", "--seed", "9", "--size", "16", "-o", "heads", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert (facts["count"], facts["seed"], facts["size"], facts["reused"]) == (2, 9, 16, 0)
    assert facts["labels"] == list(LABELS) and len(rows(tmp_path / "heads")) == 2


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (["--count", "0"], "--count is 0", 2),
        (["--size", "100"], "--size is 100", 2),
        (["--seed", "-1"], "--seed is -1", 2),
        (["-o", " "], "--output is empty", 10),
        (["-o", "no/such/folder"], "does not exist", 10),
    ],
)
def test_bad_input_is_one_sentence(tmp_path, arguments, words, code):
    done = run("worlds", "draw", *arguments, cwd=tmp_path)
    assert done.returncode == code and words in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr
    assert not list(tmp_path.iterdir())
