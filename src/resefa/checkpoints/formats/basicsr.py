"""StyleGAN2 of XPixelGroup/BasicSR, the prior of GFPGAN: ``params_ema``, in training files also ``params``.

The layout is rosinality's with other names. Files contain noise images but no centre of W.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from resefa.checkpoints.formats.renaming import Renaming, nested, plain
from resefa.checkpoints.formats.skip_layout import Words, skip_record
from resefa.checkpoints.record import CheckpointRecord, Source
from resefa.errors import ModelError

NAME = "BasicSR StyleGAN2"
_ENTRIES = ("params_ema", "params")
_WORDS = Words(
    const="constant_input.weight",
    dense="style_mlp.{}",
    dense_weight="weight",
    weight="weight",
    style_weight="modulation.weight",
    style_bias="modulation.bias",
    strength="weight",
    noise="noises.noise{}",
    first="style_conv1",
    later="style_convs",
    inner="modulated_conv",
)
_RESTORER = ("conv_body_first.weight", "conv_body_first.0.weight", "final_linear.weight")


def recognises(content: Mapping[str, Any]) -> bool:
    """Whether the content is a file of this format or the state dict of its generator."""
    keys = plain(nested(content, *_ENTRIES)[1])
    return any(key.removeprefix("stylegan_decoder.") == "style_conv1.modulated_conv.modulation.weight" for key in keys)


def record(content: Mapping[str, Any], name: str, settings: Mapping[str, Any] | None = None) -> CheckpointRecord:
    """Record of the averaged generator, or of the generator itself without an average; see ``skip_record``.

    Raises:
        ModelError: a tensor is missing, unexpected or of a different shape, or the file is the decoder of a face restoration network.
    """
    entry, state = nested(content, *_ENTRIES)
    tensors = plain(state)
    if any(key.startswith("stylegan_decoder.") or key in _RESTORER for key in tensors):
        raise ModelError(
            f"{name} is a face restoration network (GFPGAN), whose generator needs the features of a photo; open "
            "the StyleGAN2 that it was trained from (StyleGAN2_512_Cmul1_FFHQ_B12G4_scratch_800k.pth)."
        )
    if "style_conv1.bias" in tensors:
        raise ModelError(
            f'{name} is BasicSR\'s "clean" StyleGAN2, whose weights are merged with their gains; open the original StyleGAN2.'
        )
    return skip_record(Renaming(tensors, name, NAME), _WORDS, None, settings, Source(NAME, entry))
