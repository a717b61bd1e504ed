"""StyleGAN1 of rosinality/style-based-gan-pytorch: ``g_running``, in training files ``generator`` and more beside it.

Other than NVIDIA's: weights of affine maps and ToRGB have a gain of sqrt(2), the scales' biases hold the 1, noise is one
image per block with strengths at unit scale, fused kernels are four times as large, biases come before the blur, and the
instance norm adds 1e-5. Files hold all nine blocks however far training went, and neither noise nor the centre of W.
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
"""Up to 4096 x 4096."""
_MOST_PIXELS = 4096 * 4096
_NOISE = "the file has no noise: it is drawn from a fixed seed"


def recognises(content: Mapping[str, Any]) -> bool:
    """Whether this is such a file, or the state dict of its generator."""
    return "generator.progression.0.conv1.input" in plain(nested(content, *_ENTRIES)[1])


def record(content: Mapping[str, Any], name: str, settings: Mapping[str, Any] | None = None) -> CheckpointRecord:
    """The averaged generator where there is one.

    Args:
        settings: ``resolution``, where training ended; without it, the last block whose noise has been used.

    Raises:
        ModelError: a tensor is missing, left over or of another shape.
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
    # The noise is made here, so that a file of a few bytes could ask for any amount of it.
    if blocks != list(range(len(blocks))) or len(blocks) > _MOST_BLOCKS:
        raise ModelError(f"{name} has the blocks {blocks[:12]}: at most {_MOST_BLOCKS} were expected, without a gap.")
    for i in blocks[: last + 1]:
        _block(names, i)
    _convolution(names, f"generator.to_rgb.{last}.conv", "synthesis.torgb", math.sqrt(2))
    # Blocks that were never reached, and images of sizes that were passed.
    ignored = ("generator.to_rgb.", *(f"generator.progression.{i}." for i in blocks[last + 1 :]))
    names.left = {key: value for key, value in names.left.items() if not key.startswith(ignored)}
    names.give("style", "mapping.w_avg", mean_latent(names.taken, 1.0, name, late_gain=False))
    built = {"mapping_lrmul": 1.0, "norm_epsilon": 1e-5, "early_bias": True, "fused_scale": fused}
    return names.record(stylegan1_record, {**settings, **built}, Source(NAME, entry, None, notes))


def _trained(names: Renaming, blocks: list[int]) -> int | None:
    """The last block with noise: strengths start at 0, and training leaves blocks alone that it has not reached."""
    strengths = {i: names.left.get(f"generator.progression.{i}.noise2.weight_orig") for i in blocks}
    return max((i for i, value in strengths.items() if value is not None and bool(value.any())), default=None)


def _fused(names: Renaming, blocks: list[int]) -> bool | str:
    """Which blocks have fused kernels, as the reader's ``fused_scale``.

    Raises:
        ModelError: others than all, none, or those from 128 on.
    """
    found = [i for i in blocks if f"generator.progression.{i}.conv1.0.weight" in names.left]
    choices: dict[bool | str, list[int]] = {False: [], "auto": [i for i in blocks if 4 << i >= 128], True: blocks[1:]}
    for choice, wanted in choices.items():
        if found == wanted:
            return choice
    raise ModelError(
        f"{names.name} has fused kernels at the sizes {[4 << i for i in found]}: all, none or those from 128 on are built."
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
            f"{names.name} makes images of {height} x {width}: at most {_MOST_PIXELS} pixels were expected."
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
    """(height, width) of the first block.

    Raises:
        ModelError: it has none.
    """
    shape = names.taken["synthesis.b4.const"].shape
    if len(shape) != 3 or max(shape[1:]) > 16:
        raise ModelError(f"{names.name} starts from a constant of shape {tuple(shape)}: (1, c, 4, 4) was expected.")
    return shape[1], shape[2]


def _convolution(names: Renaming, theirs: str, ours: str, gain: float = 1.0) -> None:
    names.take(f"{theirs}.weight_orig", f"{ours}.weight", None if gain == 1 else lambda x: x * gain)
    names.take(f"{theirs}.bias", f"{ours}.bias")


def _blur(names: Renaming, theirs: str) -> None:
    for part in ("weight", "weight_flip"):
        names.drop_filter(f"{theirs}.{part}", _BLUR)


def _strength(value: Tensor) -> Tensor:
    """(1, c, 1, 1) at unit scale -> (c,)."""
    return value.flatten() * math.sqrt(2 / max(value.numel(), 1))


def _shifted(bias: Tensor) -> Tensor:
    """(2c,): the network adds 1 to all scales, the first half."""
    half = bias.shape[0] // 2
    return torch.cat([bias[:half] - 1, bias[half:]])
