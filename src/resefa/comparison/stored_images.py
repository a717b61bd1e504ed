"""What the folder keeps of the images: small pictures for the report's sheets, and features for distances between sets.

One file of features per image and extractor: shards, which a distance merges.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from resefa.comparison.experiment import file_part
from resefa.errors import UsageError
from resefa.files.input_file import read_input
from resefa.files.output_file import write_bytes
from resefa.metrics.features.protocol import FeatureExtractor
from resefa.presentation.pixels import outlined, to_picture
from resefa.presentation.save_images import save_picture
from resefa.types import Image, PixelWeights

ORIGINAL = "original"
LARGEST = 2**28
"""Bytes of a file of features."""
Key = tuple[str, str, str, int]
"""Setting, region, method, sign."""


def key_text(key: Key) -> str:
    """``own|mouth|sefa|+1``."""
    setting, region, method, sign = key
    return f"{setting}|{region}|{method}|{sign:+d}"


def picture_file(folder: Path, seed: int, place: int, key: Key | None = None) -> Path:
    """Of an edit, or of the original with the outline of the region at ``place``."""
    if key is None:
        return folder / "pictures" / f"seed-{seed}" / f"{place}-original.png"
    setting, region, method, sign = key
    side = "plus" if sign > 0 else "minus"
    return (
        folder / "pictures" / f"seed-{seed}" / f"{place}-{file_part(region)}-{setting}-{file_part(method)}-{side}.png"
    )


def keep_pictures(
    folder: Path, seed: int, original: Image, weights: Mapping[str, PixelWeights], edits: Mapping[Key, Tensor]
) -> None:
    """The original (1, c, h, w) with each region's outline, and the edits (c, h, w), all as PNG."""
    places = {region: place for place, region in enumerate(weights)}
    largest = max(original.shape[-2:])
    for region, place in places.items():
        save_picture(picture_file(folder, seed, place), outlined(original[0], weights[region], max(128, largest)))
        save_picture(folder / "pictures" / f"seed-{seed}" / "plain.png", to_picture(original[0], largest))
    for key, image in edits.items():
        save_picture(picture_file(folder, seed, places[key[1]], key), to_picture(image, largest))


def keep_features(
    folder: Path, seed: int, extractor: FeatureExtractor, original: Image, edits: Mapping[Key, Tensor]
) -> None:
    """Features (d,) of the original and of each edit."""
    images = torch.cat([original, *(image[None] for image in edits.values())])
    found = extractor.features(images).detach().cpu().float()
    names = [ORIGINAL, *(key_text(key) for key in edits)]
    tensors = {name: row.clone() for name, row in zip(names, found, strict=True)}
    write_bytes(feature_file(folder, extractor, seed), save(tensors))


def kept_features(folder: Path, extractor: FeatureExtractor, seed: int) -> dict[str, Tensor]:
    """What ``keep_features`` wrote.

    Raises:
        UsageError: the file is missing or damaged.
    """
    path = feature_file(folder, extractor, seed)
    mend = "compare anew in another folder"
    try:
        found = load(read_input(path, LARGEST))
    except (SafetensorError, ValueError, KeyError) as error:
        raise UsageError(f"{path} cannot be read as features: {mend}.") from error
    if ORIGINAL not in found or any(
        row.ndim != 1 or row.shape != found[ORIGINAL].shape or not row.is_floating_point() or not row.isfinite().all()
        for row in found.values()
    ):
        raise UsageError(f"{path} does not hold a row of finite features for each image: {mend}.")
    return found


def feature_file(folder: Path, extractor: FeatureExtractor, seed: int) -> Path:
    """The shard of an image."""
    return folder / "features" / re.sub(r"[^\w-]+", "-", extractor.name) / f"seed-{seed}.safetensors"
