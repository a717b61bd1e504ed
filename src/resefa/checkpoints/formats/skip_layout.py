"""Layout of rosinality's StyleGAN2 port, which BasicSR and MMGeneration also use, under different names.

The first block is ``conv1`` and ``to_rgb1``; block n after it is ``convs.{2n-2}`` (upsampling), ``convs.{2n-1}`` and
``to_rgbs.{n-1}``. Weights of convolutions have a leading axis of length 1 and are not flipped, as in NVIDIA's PyTorch
release. Biases of the affine maps include the 1, as NVIDIA's do. Demodulation uses weights times their gain.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from resefa.checkpoints.families.stylegan2 import stylegan2_record
from resefa.checkpoints.formats.mean_latent import NOTE, mean_latent
from resefa.checkpoints.formats.renaming import Renaming
from resefa.checkpoints.record import CheckpointRecord, Source
from resefa.checkpoints.tensor_checks import number_in
from resefa.errors import ModelError

NOISE = "the file has no noise images; noise of fixed seeds is used"
_TAPS = (1.0, 3.0, 3.0, 1.0)
_MOST_BLOCKS = 9
"""Most blocks after the first: from 4 to 2048 pixels."""
_LARGEST_FIRST = 16


@dataclass(frozen=True)
class Words:
    """Names that a project gives to the parts; ``{}`` stands for a number.

    Attributes:
        dense: a layer of the mapping, counted from 1, and ``dense_weight`` its weight.
        weight: of a convolution; ``style_weight`` and ``style_bias`` of its affine map; ``strength`` of its noise.
        noise: a noise image, counted from 0.
        first, later: the layers, the first one and those after it; ``inner`` the convolution within one.
    """

    const: str
    dense: str
    dense_weight: str
    weight: str
    style_weight: str
    style_bias: str
    strength: str
    noise: str
    first: str = "conv1"
    later: str = "convs"
    inner: str = "conv"


def skip_record(
    names: Renaming, words: Words, w_avg: Tensor | None, settings: Mapping[str, Any] | None, source: Source
) -> CheckpointRecord:
    """Rename every tensor. Missing ``w_avg`` is computed and missing noise images are drawn; the notes say so.

    Raises:
        ModelError: a tensor is missing, unexpected or of a different shape.
    """
    # Files from before April 2020 have none, including the one that rosinality published.
    noiseless = not names.found(words.noise.format(r"(\d+)").replace(".", r"\.") + "$")
    depth = names.indices(words.dense.format(r"(\d+)").replace(".", r"\.") + r"\.")
    for i in depth:
        dense = words.dense.format(i)
        names.take(f"{dense}.{words.dense_weight}", f"mapping.fc{i - 1}.weight")
        names.take(f"{dense}.bias", f"mapping.fc{i - 1}.bias")
    names.take(words.const, "synthesis.b4.const", lambda x: x.squeeze(0))
    _layer(names, words, words.first, "synthesis.b4.conv1", 0)
    _image(names, words, "to_rgb1", "synthesis.b4.torgb")
    last = max(names.indices(re.escape(words.later) + r"\.(\d+)\."))
    for i in range(last // 2 + 1):
        block = f"synthesis.b{8 << i}"
        for j in (0, 1):
            _layer(names, words, f"{words.later}.{2 * i + j}", f"{block}.conv{j}", 2 * i + j + 1)
        _image(names, words, f"to_rgbs.{i}", f"{block}.torgb")
    if noiseless:
        _draw_noise(names, last // 2 + 1)
        source = replace(source, notes=(*source.notes, NOISE))
    _check_square(names)
    settings = {**(settings or {}), "scaled_weights": True}
    if w_avg is None:
        w_avg = mean_latent(names.taken, number_in(settings, "lr_multiplier", 0.01, names.name), names.name)
        source = replace(source, notes=(*source.notes, NOTE))
    names.give("latent_avg", "mapping.w_avg", w_avg.flatten())
    return names.record(stylegan2_record, settings, source)


def _check_square(names: Renaming) -> None:
    """Refuse a first mapping layer with more inputs than outputs; in these projects the two numbers are equal.

    Raises:
        ModelError: the network is conditional, exported without the embedding of its labels.
    """
    first = names.taken["mapping.fc0.weight"]
    if first.ndim == 2 and first.shape[1] > first.shape[0]:
        raise ModelError(
            f"{names.name}: the first layer of its mapping has {first.shape[1]} inputs and {first.shape[0]} outputs, as in a "
            "class-conditional network, but the embedding of its labels is missing; open the original file."
        )


def _draw_noise(names: Renaming, blocks: int) -> None:
    """Draw the noise images of all layers from a fixed seed.

    Raises:
        ModelError: the noise images would be larger than those of any network; a small hostile file could demand this.
    """
    shape = names.taken["synthesis.b4.const"].shape[1:]
    if len(shape) != 2 or max(shape) > _LARGEST_FIRST or blocks > _MOST_BLOCKS:
        raise ModelError(
            f"{names.name} has no noise images, and the noise for {blocks} blocks that start from a constant of shape {tuple(shape)} is too large to draw."
        )
    for number in range(2 * blocks + 1):
        block = (number + 1) // 2
        drawn = torch.randn([side << block for side in shape], generator=torch.Generator().manual_seed(number))
        key = f"synthesis.b{4 << block}.conv{1 if number % 2 == 0 else 0}"
        names.give(f"noise image {number}", f"{key}.noise_const", drawn.to(names.taken[f"{key}.noise_strength"].dtype))


def _style(names: Renaming, words: Words, theirs: str, ours: str) -> None:
    names.take(f"{theirs}.{words.inner}.{words.weight}", f"{ours}.weight", lambda x: x.squeeze(0))
    names.take(f"{theirs}.{words.inner}.{words.style_weight}", f"{ours}.affine.weight")
    names.take(f"{theirs}.{words.inner}.{words.style_bias}", f"{ours}.affine.bias")


def _layer(names: Renaming, words: Words, theirs: str, ours: str, index: int) -> None:
    _style(names, words, theirs, ours)
    names.take(f"{theirs}.activate.bias", f"{ours}.bias")
    names.take(f"{theirs}.{words.strength}", f"{ours}.noise_strength", lambda x: x.squeeze())
    if names.found(words.noise.format(r"(\d+)").replace(".", r"\.") + "$"):
        names.take(words.noise.format(index), f"{ours}.noise_const", lambda x: x.squeeze(0).squeeze(0))
    names.drop_filter(f"{theirs}.{words.inner}.blur.kernel", _TAPS, 4.0)


def _image(names: Renaming, words: Words, theirs: str, ours: str) -> None:
    _style(names, words, theirs, ours)
    names.take(f"{theirs}.bias", f"{ours}.bias", lambda x: x.flatten())
    names.drop_filter(f"{theirs}.upsample.kernel", _TAPS, 4.0)
