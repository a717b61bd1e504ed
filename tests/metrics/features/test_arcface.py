"""ArcFace: what goes into the network, files that are none, and the extra that is missing."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
import torch
from reference.identity.small_arcface import CELL, FILE, weights

from resefa.errors import MissingExtraError, WeightsError
from resefa.metrics.features import dlib_faces
from resefa.metrics.features.arcface import ArcFace
from resefa.metrics.features.dlib_faces import DlibFace

runtime = pytest.mark.skipif(
    importlib.util.find_spec("onnxruntime") is None, reason="the extra 'identity' is not installed (onnxruntime)"
)


@runtime
def test_the_network_gets_rgb_in_minus_one_to_one():
    images = torch.rand(2, 3, 112, 112, generator=torch.Generator().manual_seed(0)) * 2 - 1
    rounded = ((images + 1) * 127.5).round() / 127.5 - 1
    cells = torch.nn.functional.avg_pool2d(rounded, CELL).flatten(1).numpy()
    assert np.allclose(ArcFace(FILE).features(images), cells @ weights(), atol=1e-4)
    assert ArcFace(FILE).alignment == "no landmarks: centre crop"


@runtime
def test_other_files_are_refused(tmp_path):
    with pytest.raises(WeightsError, match="does not exist"):
        ArcFace(tmp_path / "none.onnx")
    (tmp_path / "text.onnx").write_text("a page")
    with pytest.raises(WeightsError, match="text.onnx cannot be read as an ONNX network"):
        ArcFace(tmp_path / "text.onnx")


def test_a_missing_extra_is_named(monkeypatch):
    def absent(name: str):
        raise ImportError(name)

    monkeypatch.setattr("importlib.import_module", absent)
    with pytest.raises(MissingExtraError, match=r"resefa\[identity\]"):
        ArcFace(FILE)
    with pytest.raises(MissingExtraError, match=r"resefa\[identity\]"):
        DlibFace()


def test_dlibs_models_are_asked_for_by_name(monkeypatch, tmp_path):
    with pytest.raises(WeightsError, match="does not contain shape_predictor"):
        dlib_faces.model_file(dlib_faces.FIVE_POINTS, tmp_path)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"resefa\[identity\]"):
        dlib_faces.model_file(dlib_faces.FIVE_POINTS)
