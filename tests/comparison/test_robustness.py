"""Disturbed regions, angles between subspaces, and what a robust direction looks like in them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from reference.planted import REGION, SIZE, planted_generator

import resefa
from resefa.comparison.comparison import Comparison
from resefa.comparison.experiment import Experiment
from resefa.comparison.methods import methods_of
from resefa.comparison.robustness import Disturbance, disturbances, disturbed, principal_angles

BOX = resefa.Region.box(20, 10, 10, 20)


@pytest.mark.parametrize(
    ("disturbance", "box"),
    [
        (Disturbance("moved up", 0.3, rows=-0.3), (17, 10, 10, 20)),
        (Disturbance("moved right", 0.25, columns=0.25), (20, 15, 10, 20)),
        (Disturbance("grown", 0.3, scale=1.3), (18.5, 7, 13, 26)),
        (Disturbance("shrunk", 0.3, scale=0.7), (21.5, 13, 7, 14)),
    ],
)
def test_a_box_disturbed_is_the_box_that_one_would_write(disturbance, box):
    found = disturbed(BOX, disturbance, 64, 64).weights(64, 64)
    wanted = resefa.Region.box(*box).weights(64, 64)
    assert float((found.edit - wanted.edit).abs().max()) < 0.01
    assert float((found.protect - wanted.protect).abs().max()) < 0.01


def test_what_is_ignored_stays_and_what_leaves_the_image_is_lost():
    region = resefa.Region.box(0, 0, 10, 10).ignoring(resefa.Region.box(30, 30, 5, 5))
    found = disturbed(region, Disturbance("moved up", 0.3, rows=-0.3), 64, 64).weights(64, 64)
    assert found.edit_pixels == pytest.approx(70, rel=0.01)
    assert float(found.protect[30:35, 30:35].max()) == 0
    assert len(list(disturbances((0.15, 0.3)))) == 12


@given(st.integers(0, 10**6))
def test_principal_angles_are_those_that_were_put_in(seed):
    random = np.random.default_rng(seed)
    wanted = np.sort(random.uniform(0, 90, 3))
    q = np.linalg.qr(random.normal(size=(8, 8)))[0].T
    turned = [np.cos(np.deg2rad(angle)) * q[i] + np.sin(np.deg2rad(angle)) * q[3 + i] for i, angle in enumerate(wanted)]
    mix = random.normal(size=(3, 3)) + 3 * np.eye(3)
    found = principal_angles(torch.from_numpy(mix @ q[:3]), torch.from_numpy(np.stack(turned)))
    assert found == pytest.approx(wanted, abs=1e-5)


def test_spans_of_unlike_sizes_and_tiny_angles():
    eye = torch.eye(5)
    assert principal_angles(eye[:1], eye[:3]) == pytest.approx([0], abs=1e-9)
    assert principal_angles(eye[:3], eye[3:4]) == pytest.approx([90])
    near = torch.tensor([[1.0, 1e-7, 0, 0, 0]]).double()
    assert principal_angles(eye[:1].double(), near)[0] == pytest.approx(np.rad2deg(1e-7), rel=1e-6)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    generator = planted_generator()
    experiment = Experiment(
        "planted", generator.fingerprint, {REGION: REGION}, methods_of(["resefa", "random"]), resolution=(SIZE, SIZE),
        images=2, discovery=1, levels=(0.05,), shown=0,
    )  # fmt: skip
    exact = resefa.Region.parse(f"box:0,{SIZE // 2},{SIZE},{SIZE // 2 - 1}")
    run = Comparison(generator, experiment, tmp_path_factory.mktemp("robust"), robustness={REGION: exact})
    run.run()
    return run


def test_each_value_and_disturbance_is_written_down_but_not_for_random(run):
    records = [one for one in run.journal.records if one["kind"] == "robust"]
    assert {one["method"] for one in records} == {"resefa"}
    assert {one["value"]["tau"] for one in records} == {1e-4, 1e-3, 1e-2}
    assert len(records) == 3 * 2 * (12 + 1)  # values, images, disturbances and the rough region
    for one in records:
        assert 0 <= one["angle"] <= 90 and one["principal"] == sorted(one["principal"])
        # Of its own true region a direction is about as good as any: another region's is seldom better.
        assert one["outside"] > 0.8 * one["base_outside"]
    left = [one for one in records if one["variant"] == "moved left" and one["amount"] == 0.3]
    assert min(one["angle"] for one in left) > 1


def test_the_report_has_them(run):
    pytest.importorskip("matplotlib")
    from resefa.comparison.report.report import write_report

    write_report(run.folder)
    text = (run.folder / "report.md").read_text()
    assert "ReSeFa, tau 0.01" in text and "exact mask: ReSeFa rotates" in text
    assert (run.folder / "figures" / "robustness.pdf").exists()
