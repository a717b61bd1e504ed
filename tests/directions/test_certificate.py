"""The certificate of directions: data in memory and in the file; files of version 1 give what their provenance says."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from directions.test_hostile_files import CERTIFICATE, EYE, made
from safetensors import safe_open

import resefa
from resefa.directions import Provenance, shown
from resefa.errors import DirectionsError
from resefa.solvers import Certificate

FOUND = Certificate(
    residuals=(1e-12, 2e-12), **{key: tuple(v) if isinstance(v, list) else v for key, v in CERTIFICATE.items()}
)


@pytest.fixture
def found() -> resefa.Directions:
    return resefa.Directions(np.eye(2, 100), certificate=FOUND, provenance=Provenance(notes="a note"))


def test_each_solver_leaves_its_certificate(toons):
    for solver in ("cholesky", "matrix-free"):
        found = resefa.discover(toons, toons.sample(7), "mouth", k=3, solver=solver)
        certificate = found.certificate
        assert certificate.solver == solver and certificate.dimensions == 128 and certificate.met
        assert found.residuals.tolist() == list(certificate.residuals) and len(found.residuals) == 3
        assert certificate.sentence() in found.status


def test_a_part_of_the_directions_has_its_part_of_the_certificate(found):
    assert found.chosen([1]).certificate.gaps == (0.2,) and found[1].certificate.residuals == (2e-12,)
    assert found[1].certificate.rank == 9 and found[0].status.endswith("a note")
    assert resefa.Directions(EYE).certificate is None and resefa.Directions(EYE).residuals is None
    assert resefa.Directions(EYE).status == ""


def test_another_region_drops_it(found):
    region = resefa.Region.box(0, 0, 4, 4)
    assert found.with_region(region, (8, 8)).certificate is None


@pytest.mark.parametrize("certificate", ["cholesky", replace(FOUND, residuals=(1.0,), gaps=(1.0,), ridge_errors=())])
def test_a_certificate_of_other_directions_is_refused(certificate):
    with pytest.raises(DirectionsError, match="certificate"):
        resefa.Directions(np.eye(2, 100), certificate=certificate)


def test_round_trip_in_a_file_of_version_2(found, tmp_path):
    found.save(tmp_path / "a.safetensors")
    with safe_open(tmp_path / "a.safetensors", "pt") as file:
        metadata = file.metadata()
        assert metadata["format_version"] == "2" and json.loads(metadata["certificate"])["met"] is False
        assert file.get_tensor("residuals").tolist() == [1e-12, 2e-12]
    read = resefa.Directions.load(tmp_path / "a.safetensors")
    assert read.certificate == FOUND and read.status == found.status and read.provenance == found.provenance


def test_codes_of_a_file_of_version_2(tmp_path):
    resefa.Directions(np.eye(2, 5), codes=np.ones((1, 5))).save(tmp_path / "a.safetensors")
    assert resefa.LatentCode.load(tmp_path / "a.safetensors").values.tolist() == [[1] * 5]


def test_a_file_of_version_1_keeps_what_it_says(tmp_path):
    old = {
        "method": "region-contrast",
        "solver": "cholesky",
        "tau": 1e-3,
        "ridge": 0.2,
        "rank": 90,
        "status": "rank 90 of 100",
    }
    (tmp_path / "a.safetensors").write_bytes(made(old, residuals=torch.tensor([1e-12, 1e-13], dtype=torch.float64)))
    read = resefa.Directions.load(tmp_path / "a.safetensors")
    assert read.certificate == Certificate("cholesky", (1e-12, 1e-13), rank=90, tau=1e-3, ridge=0.2)
    assert read.status == "rank 90 of 100" and read.residuals.tolist() == [1e-12, 1e-13]
    read.save(tmp_path / "b.safetensors")
    assert resefa.Directions.load(tmp_path / "b.safetensors").certificate == read.certificate
    (tmp_path / "c.safetensors").write_bytes(made({"method": "random", "solver": "random"}))
    assert resefa.Directions.load(tmp_path / "c.safetensors").certificate is None


def test_people_and_programs_see_it_as_data(found):
    assert shown.certified(found) | {"met": False, "rank": 9, "forward": 40, "tolerance": 0.01} == shown.certified(
        found
    )
    assert shown.table(found)["gaps"] == [0.1, 0.2]
    text = "\n".join(shown.lines(found))
    assert "rank 9" in text and "met False" in text and "a note" in text
    page = found._repr_html_()
    assert "<dt>rank</dt><dd>9</dd>" in page and "a note" in page
    assert "<details>" not in resefa.Directions(EYE)._repr_html_()
