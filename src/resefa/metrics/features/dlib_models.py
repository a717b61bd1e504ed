"""dlib and its published models: found on this computer, opened on first use, or a sentence that says what to install."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
from torch.nn import functional as F

from resefa.errors import MissingExtraError, WeightsError
from resefa.metrics.features.protocol import as_bytes
from resefa.types import Image

EMBEDDING = "dlib_face_recognition_resnet_model_v1.dat"
FIVE_POINTS = "shape_predictor_5_face_landmarks.dat"
SIXTY_EIGHT_POINTS = "shape_predictor_68_face_landmarks.dat"
"""Trained on iBUG 300-W, which excludes commercial use; its author asks to keep it out of commercial products
(github.com/davisking/dlib-models, README.md). He released the two others into the public domain."""
_INSTALL = "run pip install 'resefa[identity]'"
THRESHOLD = -0.6
"""Of the detector, below dlib's own 0: of 64 faces of the default generator it then finds 56 in place of 42, and on 20 images of
smooth noise still none."""
_LEAST_SIDE = 256
"""dlib's detector knows faces of 80 pixels and more; smaller images are enlarged by a whole factor to at least this side."""


def dlib_library() -> Any:
    """The module dlib.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        return importlib.import_module("dlib")
    except ImportError as error:
        raise MissingExtraError(f"Identity by dlib needs the extra 'identity': {_INSTALL}.") from error


def model_file(name: str, folder: str | Path | None = None) -> Path:
    """Where a model is: in ``folder``, else in the package face-recognition-models, which is looked into and never imported.

    Raises:
        MissingExtraError: the package is not installed. WeightsError: the file is not in the folder.
    """
    if folder is None:
        package = importlib.util.find_spec("face_recognition_models")
        if package is None or not package.submodule_search_locations:
            raise MissingExtraError(
                f"dlib's models are in the extra 'identity': {_INSTALL}, or name a folder that has {name}."
            )
        folder = Path(package.submodule_search_locations[0]) / "models"
    path = Path(folder) / name
    if not path.is_file():
        raise WeightsError(f"There is no {name} in {folder}: name a folder that has dlib's models.")
    return path


def for_dlib(images: Image) -> tuple[np.ndarray, int]:
    """(b, c, h, w) in [-1, 1] -> bytes (b, h k, w k, 3), enlarged bicubically by the whole factor k that is given back."""
    pixels = as_bytes(images)
    factor = max(1, -(-_LEAST_SIDE // min(pixels.shape[-2:])))
    if factor > 1:
        pixels = F.interpolate(pixels, scale_factor=factor, mode="bicubic").clamp(0, 255).round()
    return np.ascontiguousarray(pixels.byte().permute(0, 2, 3, 1).cpu().numpy()), factor


def surest_face(detector: Any, picture: np.ndarray, threshold: float) -> Any | None:
    """The rectangle of the face that the detector is surest of, in (h, w, 3) bytes, or None."""
    faces, scores, _ = detector.run(picture, 0, threshold)
    return faces[int(np.argmax(scores))] if len(faces) else None
