"""ArcFace embeddings from an ONNX file of the user, by onnxruntime (extra ``identity``).

Deng, Guo, Xue, Zafeiriou, "ArcFace: additive angular margin loss for deep face recognition", CVPR 2019. Input (b, 3, 112, 112),
RGB in [-1, 1] ((byte - 127.5) / 127.5), as in InsightFace's published files. An ONNX file is a graph of known operations; it
contains no code.
"""

from __future__ import annotations

import importlib
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from resefa.errors import MetricError, MissingExtraError, WeightsError, printable
from resefa.files.input_file import file_sha256
from resefa.metrics.features.alignment import ARCFACE_POINTS, Landmarks, centre_crop, similarity_transform, warped
from resefa.metrics.features.protocol import as_bytes
from resefa.types import Features, Image

SIDE = 112


class ArcFace:
    """An ArcFace face-recognition network; see ``FaceEmbedder``.

    Args:
        path: the ONNX file, such as InsightFace's ``w600k_r50.onnx``.
        landmarks: finds the face's five points (``DlibLandmarks()``). Without landmarks, the central square of every image is
            taken as an aligned face, every image counts as a face, and ``alignment`` says so.

    Raises:
        MissingExtraError: onnxruntime is not installed.
        WeightsError: the file does not exist, or is not an ONNX file.
        MetricError: the network does not take 112 x 112 images or does not return vectors.
    """

    name = "ArcFace"

    def __init__(self, path: str | Path, landmarks: Landmarks | None = None) -> None:
        path = Path(path)
        if not path.is_file():
            raise WeightsError(f"The file {path} does not exist; give an ArcFace network in ONNX format.")
        self._session = _session(path)
        inputs = self._session.get_inputs()
        if len(inputs) != 1 or len(inputs[0].shape) != 4 or not _fits(inputs[0].shape):
            shapes = [printable(item.shape, 60) for item in inputs]
            raise MetricError(
                f"The network in {path.name} has inputs with shape {' and '.join(shapes)}; give an ArcFace network, whose input has shape (b, 3, {SIDE}, {SIDE})."
            )
        self._input = inputs[0].name
        self._one_by_one = inputs[0].shape[0] == 1
        self._landmarks = landmarks
        self.alignment = landmarks.words if landmarks else "no landmarks: centre crop"
        self.fingerprint = file_sha256(path)

    @property
    def dimensions(self) -> int:
        """The number of values in an embedding."""
        return self._dimensions

    @cached_property
    def _dimensions(self) -> int:
        return self._run(torch.zeros(1, 3, SIDE, SIDE)).shape[1]

    def features(self, images: Image) -> Features:
        """The embeddings (b, d) of images (b, 3 or 1, h, w) in [-1, 1]; NaN if no face is detected."""
        pixels = as_bytes(images).cpu() / 127.5 - 1
        if self._landmarks is None:
            return self._run(centre_crop(pixels, SIDE))
        faces = torch.zeros(len(pixels), 3, SIDE, SIDE)
        points = self._landmarks.points(images)
        for i, each in enumerate(points):
            if each is not None:
                faces[i] = warped(pixels[i], similarity_transform(each, ARCFACE_POINTS), SIDE)
        missing = torch.tensor([each is None for each in points])
        return self._run(faces).masked_fill(missing[:, None], float("nan"))

    def _run(self, faces: Tensor) -> Features:
        batches = faces.split(1) if self._one_by_one else [faces]
        outputs = [self._session.run(None, {self._input: batch.numpy()})[0] for batch in batches]
        vectors = torch.cat([torch.from_numpy(output) for output in outputs]).float()
        if vectors.ndim != 2 or len(vectors) != len(faces):
            raise MetricError(
                f"The ONNX network returned an output with shape {tuple(vectors.shape)} for {len(faces)} faces; expected ({len(faces)}, d)."
            )
        return vectors


def _fits(shape: list[Any]) -> bool:
    """Whether an input with this shape accepts (b, 3, 112, 112); free sizes are strings or None."""
    wanted = (None, 3, SIDE, SIDE)
    return all(w is None or not isinstance(s, int) or s == w for s, w in zip(shape, wanted, strict=True))


def _session(path: Path) -> Any:
    try:
        runtime = importlib.import_module("onnxruntime")
    except ImportError as error:
        raise MissingExtraError(
            "ArcFace needs the package onnxruntime, which is not installed; run pip install 'resefa[identity]'."
        ) from error
    try:
        return runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no other common class
        line = (str(error).strip().splitlines() or ["no reason given"])[0]
        raise WeightsError(
            f"{path.name} cannot be read as an ONNX network ({line[:120]}); give an ArcFace network in ONNX format."
        ) from error
