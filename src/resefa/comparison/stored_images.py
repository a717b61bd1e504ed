"""Files of a comparison's images: pictures for the report's sheets, and features for distances between sets.

Each image and extractor has one file of features: shards, which a distance merges.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from resefa.comparison.earlier_folders import current_feature_key, existing_file
from resefa.comparison.experiment import file_part
from resefa.errors import UsageError
from resefa.files import tensor_file
from resefa.files.output_file import write_bytes
from resefa.metrics.features.protocol import FeatureExtractor
from resefa.presentation.outline import outlined
from resefa.presentation.pixels import to_picture
from resefa.presentation.save_images import save_picture
from resefa.types import Image, PixelWeights

ORIGINAL = "original"
LARGEST = 2**28
"""The largest file of features in bytes."""
Key = tuple[str, str, str, int]
"""The setting, region, method and sign of an edit."""


def key_text(key: Key) -> str:
    """The key as text, for example ``per-image|mouth|sefa|+1``."""
    setting, region, method, sign = key
    return f"{setting}|{region}|{method}|{sign:+d}"


def original_picture(folder: Path, seed: int, place: int | None = None) -> Path:
    """The path of the picture of an unedited image, plain or with the outline of the experiment's region number ``place``."""
    name = "plain.png" if place is None else f"{place}-original.png"
    return folder / "pictures" / f"seed-{seed}" / name


def edit_picture(folder: Path, seed: int, place: int, key: Key) -> Path:
    """The path of the picture of an edit, with its present name or with the name from resefa 0.1."""
    setting, region, method, sign = key
    side = "plus" if sign > 0 else "minus"
    name = f"{place}-{file_part(region)}-{setting}-{file_part(method)}-{side}.png"
    return existing_file(folder / "pictures" / f"seed-{seed}" / name, setting, file_part(method))


def store_pictures(
    folder: Path, seed: int, original: Image, weights: Mapping[str, PixelWeights], edits: Mapping[Key, Tensor]
) -> None:
    """Write the original (1, c, h, w), plain and with each region's outline, and the edits (c, h, w), all as PNG."""
    places = {region: place for place, region in enumerate(weights)}
    largest = max(original.shape[-2:])
    save_picture(original_picture(folder, seed), to_picture(original[0], largest))
    for region, place in places.items():
        picture = outlined(original[0], weights[region], max(128, largest))
        save_picture(original_picture(folder, seed, place), picture)
    for key, image in edits.items():
        save_picture(edit_picture(folder, seed, places[key[1]], key), to_picture(image, largest))


def store_features(
    folder: Path, seed: int, extractor: FeatureExtractor, original: Image, edits: Mapping[Key, Tensor]
) -> None:
    """Write the features (d,) of the original and of each edit."""
    images = torch.cat([original, *(image[None] for image in edits.values())])
    found = extractor.features(images).detach().cpu().float()
    names = [ORIGINAL, *(key_text(key) for key in edits)]
    tensors = {name: row.clone() for name, row in zip(names, found, strict=True)}
    write_bytes(_feature_file(folder, extractor, seed), tensor_file.to_bytes(tensors, {}))


def stored_features(folder: Path, extractor: FeatureExtractor, seed: int) -> dict[str, Tensor]:
    """The features that ``store_features`` wrote for an image: those of edits by ``key_text``, those of the original by ``ORIGINAL``.

    Raises:
        UsageError: the file is missing or damaged.
    """
    path = _feature_file(folder, extractor, seed)
    remedy = "run the comparison again in a new folder"
    try:
        found, _ = tensor_file.load_tensors(path, LARGEST, raises=UsageError)
    except UsageError as error:
        raise UsageError(f"{path} cannot be read as features; {remedy}.") from error
    if ORIGINAL not in found or any(
        row.ndim != 1 or row.shape != found[ORIGINAL].shape or not row.is_floating_point() or not row.isfinite().all()
        for row in found.values()
    ):
        raise UsageError(f"{path} does not contain one row of finite features for each image; {remedy}.")
    return {current_feature_key(name): row for name, row in found.items()}


def _feature_file(folder: Path, extractor: FeatureExtractor, seed: int) -> Path:
    return folder / "features" / re.sub(r"[^\w-]+", "-", extractor.name) / f"seed-{seed}.safetensors"
