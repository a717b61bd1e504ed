"""StyleGAN1 of rosinality/style-based-gan-pytorch: ``g_running``, in training files also ``generator`` and others.

Differences to NVIDIA's: weights of affine maps and ToRGB have a gain of sqrt(2); the biases of scales include the 1; noise
is one image per block, whose strengths have equalized learning rate; fused kernels are four times as large; biases are
added before the blur; the epsilon of instance norm is 1e-5. Files contain all nine blocks however far training went, but
neither noise nor the centre of W.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from resefa.checkpoints.families.stylegan1 import stylegan1_record
from resefa.checkpoints.formats.mean_latent import NOTE, mean_latent
from resefa.checkpoints.formats.renaming import Renaming, nested, plain
from resefa.checkpoints.record import CheckpointRecord, Source
from resefa.errors import ModelError

NAME = "rosinality StyleGAN1"
_ENTRIES = ("g_running", "generator")
_BLUR = (1.0, 2.0, 1.0)
_MOST_BLOCKS = 11
"""Most pixels of an image, 4096 x 4096."""
_MOST_PIXELS = 4096 * 4096
_NOISE = "the file has no noise; noise of a fixed seed is used"


def recognises(content: Mapping[str, Any]) -> bool:
    """Whether the content is a file of this format or the state dict of its generator."""
    return "generator.progression.0.conv1.input" in plain(nested(content, *_ENTRIES)[1])


def record(content: Mapping[str, Any], name: str, settings: Mapping[str, Any] | None = None) -> CheckpointRecord:
    """Record of the averaged generator, or of the generator itself without an average.

    Args:
        settings: ``resolution`` at which training ended; default: that of the last block with noise strengths other than 0.

    Raises:
        ModelError: a tensor is missing, unexpected or of a different shape.
    """
    settings = dict(settings or {})
    entry, state = nested(content, *_ENTRIES)
    names = Renaming(plain(state), name, NAME)
    blocks = names.indices(r"generator\.progression\.(\d+)\.")
    wanted = settings.pop("resolution", None)
    last = next((i for i in blocks if 4 << i == wanted), None) if wanted else _trained(names, blocks)
    last = blocks[-1] if last is None else last
    notes = (NOTE, _NOISE) if last == blocks[-1] else (NOTE, _NOISE, f"training ended at {4 << last}")
    for i, key in enumerate(f"style.{number}" for number in names.indices(r"style\.(\d+)\.")):
        names.take(f"{key}.linear.weight_orig", f"mapping.fc{i}.weight")
        names.take(f"{key}.linear.bias", f"mapping.fc{i}.bias")
    fused = _fused(names, blocks[: last + 1])
    # The noise is made here, and a small hostile file could demand any amount of it.
    if blocks != list(range(len(blocks))) or len(blocks) > _MOST_BLOCKS:
        raise ModelError(f"{name} has the blocks {blocks[:12]}; expected at most {_MOST_BLOCKS} consecutive blocks.")
    for i in blocks[: last + 1]:
        _block(names, i)
    _convolution(names, f"generator.to_rgb.{last}.conv", "synthesis.torgb", math.sqrt(2))
    # Drop blocks that training did not reach, and ToRGB layers of smaller sizes.
    ignored = ("generator.to_rgb.", *(f"generator.progression.{i}." for i in blocks[last + 1 :]))
    names.left = {key: value for key, value in names.left.items() if not key.startswith(ignored)}
    names.give("style", "mapping.w_avg", mean_latent(names.taken, 1.0, name, late_gain=False))
    built = {"mapping_lrmul": 1.0, "norm_epsilon": 1e-5, "early_bias": True, "fused_scale": fused}
    return names.record(stylegan1_record, {**settings, **built}, Source(NAME, entry, None, notes))


def _trained(names: Renaming, blocks: list[int]) -> int | None:
    """Last block that was trained; in later blocks the noise strengths still have their initial value, 0."""
    strengths = {i: names.left.get(f"generator.progression.{i}.noise2.weight_orig") for i in blocks}
    return max((i for i, value in strengths.items() if value is not None and bool(value.any())), default=None)


def _fused(names: Renaming, blocks: list[int]) -> bool | str:
    """Value of ``fused_scale`` for the family's reader, from the blocks with fused kernels.

    Raises:
        ModelError: fused blocks other than all, none, or those from 128 on.
    """
    found = [i for i in blocks if f"generator.progression.{i}.conv1.0.weight" in names.left]
    choices: dict[bool | str, list[int]] = {False: [], "auto": [i for i in blocks if 4 << i >= 128], True: blocks[1:]}
    for choice, wanted in choices.items():
        if found == wanted:
            return choice
    raise ModelError(
        f"{names.name} has fused kernels at the sizes {[4 << i for i in found]}; expected fused kernels at all sizes, at no size, or at 128 and above."
    )


def _block(names: Renaming, i: int) -> None:
    theirs, ours = f"generator.progression.{i}", f"synthesis.b{4 << i}"
    if i == 0:
        names.take(f"{theirs}.conv1.input", f"{ours}.const", lambda x: x.squeeze(0))
        const = names.taken[f"{ours}.const"]
        names.give(f"{theirs}.conv1.bias", f"{ours}.conv0.bias", const.new_zeros(const.shape[:1]))
    elif f"{theirs}.conv1.0.weight" in names.left:
        names.take(f"{theirs}.conv1.0.weight", f"{ours}.conv0.weight", lambda x: x.transpose(0, 1) / 4)
        names.take(f"{theirs}.conv1.0.bias", f"{ours}.conv0.bias")
        _blur(names, f"{theirs}.conv1.1")
    else:
        _convolution(names, f"{theirs}.conv1.1.conv", f"{ours}.conv0")
        _blur(names, f"{theirs}.conv1.2")
    _convolution(names, f"{theirs}.conv2.conv", f"{ours}.conv1")
    height, width = (side << i for side in _first_size(names))
    if height * width > _MOST_PIXELS:
        raise ModelError(
            f"{names.name} makes images of {height} x {width}; at most {_MOST_PIXELS} pixels are supported."
        )
    noise = torch.randn(height, width, generator=torch.Generator().manual_seed(i))
    for j in (0, 1):
        names.take(f"{theirs}.noise{j + 1}.weight_orig", f"{ours}.conv{j}.noise_strength", _strength)
        style = f"{theirs}.adain{j + 1}.style.linear"
        names.take(f"{style}.weight_orig", f"{ours}.conv{j}.affine.weight", lambda x: x * math.sqrt(2))
        names.take(f"{style}.bias", f"{ours}.conv{j}.affine.bias", _shifted)
        strength = names.taken[f"{ours}.conv{j}.noise_strength"]
        names.give(f"noise of {theirs}", f"{ours}.conv{j}.noise_const", noise.to(strength.dtype))


def _first_size(names: Renaming) -> tuple[int, int]:
    """Size (height, width) of the first block.

    Raises:
        ModelError: the constant does not have the shape (1, c, 4, 4).
    """
    shape = names.taken["synthesis.b4.const"].shape
    if len(shape) != 3 or max(shape[1:]) > 16:
        raise ModelError(f"{names.name} has a learned constant of shape {tuple(shape)}; expected (1, c, 4, 4).")
    return shape[1], shape[2]


def _convolution(names: Renaming, theirs: str, ours: str, gain: float = 1.0) -> None:
    names.take(f"{theirs}.weight_orig", f"{ours}.weight", None if gain == 1 else lambda x: x * gain)
    names.take(f"{theirs}.bias", f"{ours}.bias")


def _blur(names: Renaming, theirs: str) -> None:
    for part in ("weight", "weight_flip"):
        names.drop_filter(f"{theirs}.{part}", _BLUR)


def _strength(value: Tensor) -> Tensor:
    """Noise strengths without equalized learning rate: (1, c, 1, 1) -> (c,)."""
    return value.flatten() * math.sqrt(2 / max(value.numel(), 1))


def _shifted(bias: Tensor) -> Tensor:
    """Bias (2c,) minus 1 in the scales, its first half, to which the network adds 1."""
    half = bias.shape[0] // 2
    return torch.cat([bias[:half] - 1, bias[half:]])
