"""The training programs of the small networks, on a few drawn heads: their files open and state what was measured."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from resefa.segmenters.toon_parts import ToonParts
from resefa.worlds import KINDS, AttributeReader

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def programs():
    """The modules of ``benchmarks/training``, which are not part of the package."""
    sys.path.insert(0, str(ROOT))
    from benchmarks.training import degradation, drawn_heads, train_attribute_reader, train_part_segmenter, training_run

    yield {
        "degradation": degradation,
        "heads": drawn_heads,
        "reader": train_attribute_reader,
        "segmenter": train_part_segmenter,
        "run": training_run,
    }
    sys.path.remove(str(ROOT))


@pytest.fixture(scope="module")
def heads(programs):
    return programs["heads"].drawn_heads(32, 3)


def test_heads_are_read_again_from_a_folder(programs, heads, tmp_path):
    written = programs["heads"].drawn_heads(8, 3, tmp_path)
    again = programs["heads"].drawn_heads(8, 3, tmp_path)
    for each in (written, again):
        assert np.array_equal(each.images, heads.images[:8]) and np.array_equal(each.labels, heads.labels[:8])
        assert all(np.array_equal(each.shown[name], heads.shown[name][:8]) for name in heads.shown)


def test_degraded_heads_stay_near_the_drawn(programs, heads):
    random = torch.Generator().manual_seed(0)
    images = heads.pictures(slice(None))
    for _ in range(4):
        change = (programs["degradation"].degraded(images, random) - images).square().mean().sqrt()
        assert 0 < float(change) < 0.3


def test_a_warp_moves_images_and_labels_together(programs, heads):
    labels = torch.from_numpy(heads.labels).long()
    shown = (labels[:, None] == 1).float().expand(-1, 3, -1, -1)
    random = torch.Generator().manual_seed(0)
    moved, moved_labels = programs["degradation"].warped(shown, labels, random, affine=0.1, elastic=0.02)
    agree = (moved[:, 0] > 0.5) == (moved_labels == 1)
    assert float(agree.float().mean()) > 0.995
    assert not torch.equal(moved_labels, labels)


def test_the_file_of_a_segmenter_opens(programs, heads, tmp_path):
    segmenter, run = programs["segmenter"], programs["run"].TrainingRun(steps=2, rate=4e-3, decay=1e-3)
    network = segmenter.train(heads, run)
    path = tmp_path / "parts.safetensors"
    path.write_bytes(segmenter.weights_of(network))
    assert ToonParts(path)(heads.pictures(slice(0, 2))).shape == (2, 128, 128)


def test_the_loss_of_correct_scores_is_zero_and_of_wrong_scores_is_not(programs, heads):
    labels = torch.from_numpy(heads.labels[:2]).long()
    right = torch.nn.functional.one_hot(labels, 11).permute(0, 3, 1, 2).float() * 50
    random, weights = torch.Generator().manual_seed(0), torch.ones(11)
    for scores, most in ((right, 1e-6), (right.flip(3), 50.0)):
        phases = torch.nn.functional.pixel_unshuffle(scores, 4)
        loss = float(programs["segmenter"].loss_of(phases, labels, weights, random))
        assert loss <= most and (loss > 1) == (most > 1)


def test_the_file_of_a_reader_states_its_accuracy(programs, heads, tmp_path):
    reader, run = programs["reader"], programs["run"].TrainingRun(steps=3, rate=3e-3, decay=1e-2)
    path = tmp_path / "attributes.safetensors"
    reader.write(reader.train(heads, run), path, heads)
    opened = AttributeReader(path)
    found = opened.read(heads.pictures(slice(None)))
    for name in KINDS:
        right = np.array(found.kinds(name)) == np.array(heads.attributes.names(name))
        assert opened.accuracy[name] == pytest.approx(right[heads.shown[name]].mean(), abs=1e-4)
    assert all(len(error) == (4 if name == "pose" else 3) for name, error in opened.errors.items())
