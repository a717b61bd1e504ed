"""ArcFace embeddings from an ONNX file that the user names, by onnxruntime (extra ``identity``).

Deng, Guo, Xue, Zafeiriou, "ArcFace: additive angular margin loss for deep face recognition", CVPR 2019. Input (b, 3, 112, 112),
RGB in [-1, 1] ((byte - 127.5) / 127.5), as InsightFace's published files take it. An ONNX file is a graph of known operations; it
runs no code of its own.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import torch

from resefa.errors import MetricError, MissingExtraError, WeightsError, printable
from resefa.files.input_file import file_sha256
from resefa.metrics.features.alignment import ARCFACE_POINTS, Landmarks, centre_crop, similarity_transform, warped
from resefa.metrics.features.protocol import FaceEmbeddings, as_bytes
from resefa.types import Image

SIDE = 112


class ArcFace:
    """See ``FaceEmbedder``.

    Args:
        path: the ONNX file, such as InsightFace's ``w600k_r50.onnx``.
        landmarks: where the face's five points are (``DlibLandmarks()``). Without, the middle square of every image is taken
            for an aligned face, every face counts as found, and ``alignment`` says so.

    Raises:
        MissingExtraError: onnxruntime is not installed. WeightsError: no such file, or no ONNX file.
        MetricError: a network that takes no 112 x 112 images or gives no vectors.
    """

    name = "ArcFace"

    def __init__(self, path: str | Path, landmarks: Landmarks | None = None) -> None:
        path = Path(path)
        if not path.is_file():
            raise WeightsError(f"There is no file {path}: give an ArcFace network in ONNX format.")
        self._session = _session(path)
        given = self._session.get_inputs()
        if len(given) != 1 or len(given[0].shape) != 4 or not _fits(given[0].shape):
            shapes = [printable(item.shape, 60) for item in given]
            raise MetricError(
                f"{path.name} takes {' and '.join(shapes)}: an ArcFace network takes (b, 3, {SIDE}, {SIDE})."
            )
        self._input = given[0].name
        self._one_by_one = given[0].shape[0] == 1
        self._landmarks = landmarks
        self.alignment = landmarks.words if landmarks else "no landmarks: centre crop"
        self.fingerprint = file_sha256(path)

    def embed(self, images: Image) -> FaceEmbeddings:
        """(b, 3 or 1, h, w) in [-1, 1] -> (b, d)."""
        pixels = as_bytes(images).cpu() / 127.5 - 1
        if self._landmarks is None:
            faces, found = centre_crop(pixels, SIDE), torch.ones(len(pixels), dtype=torch.bool)
        else:
            points = self._landmarks.points(images)
            found = torch.tensor([each is not None for each in points])
            faces = torch.zeros(len(pixels), 3, SIDE, SIDE)
            for i, each in enumerate(points):
                if each is not None:
                    faces[i] = warped(pixels[i], similarity_transform(each, ARCFACE_POINTS), SIDE)
        batches = faces.split(1) if self._one_by_one else [faces]
        outputs = [self._session.run(None, {self._input: batch.numpy()})[0] for batch in batches]
        vectors = torch.cat([torch.from_numpy(output) for output in outputs]).float()
        if vectors.ndim != 2 or len(vectors) != len(pixels):
            raise MetricError(f"The ONNX network gave {tuple(vectors.shape)} for {len(pixels)} faces: expected (b, d).")
        return FaceEmbeddings(vectors * found[:, None], found)


def _fits(shape: list[Any]) -> bool:
    """Whether (b, 3, 112, 112) is one of the shapes; free sizes are strings or None."""
    wanted = (None, 3, SIDE, SIDE)
    return all(w is None or not isinstance(s, int) or s == w for s, w in zip(shape, wanted, strict=True))


def _session(path: Path) -> Any:
    try:
        runtime = importlib.import_module("onnxruntime")
    except ImportError as error:
        raise MissingExtraError(
            "Identity by ArcFace needs the extra 'identity': run pip install 'resefa[identity]'."
        ) from error
    try:
        return runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no class but this
        line = (str(error).strip().splitlines() or ["no reason given"])[0]
        raise WeightsError(
            f"{path.name} cannot be opened as an ONNX network ({line[:120]}): give ArcFace's file."
        ) from error
