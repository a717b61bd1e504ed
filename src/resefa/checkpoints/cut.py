"""``cut``: the part of a StyleGAN2 record that makes an intermediate image, as a record of a smaller generator."""

from __future__ import annotations

import re
from dataclasses import replace

from resefa.checkpoints.record import CheckpointRecord
from resefa.errors import ModelError

_BLOCK = re.compile(r"synthesis\.b(\d+)\.")


def cut(record: CheckpointRecord, height: int, name: str) -> CheckpointRecord:
    """Record without the blocks after the image of ``height`` rows.

    In the ``skip`` architecture (StyleGAN2, figure 7) the sum of ToRGB outputs up to a block is an image. The new generator's
    images equal ``StyleGenerator.at_resolution(height)`` of the whole one, but W+ and S end with the layers that act on them.

    Raises:
        ModelError: the record is not a StyleGAN2 of the ``skip`` architecture, or has no image of this height.
    """
    config = record.config
    if record.family != "stylegan2" or config.get("architecture") != "skip":
        raise ModelError(
            f"{name} cannot be cut at {height} rows: only a StyleGAN2 of the architecture skip has intermediate images."
        )
    first = int(config["const"][0])
    heights = [first << index for index in range(len(config["blocks"]))]
    if height not in heights:
        raise ModelError(f"{name} cannot be cut at {height} rows; choose one of {', '.join(map(str, heights))}.")
    kept = heights.index(height) + 1
    blocks = config["blocks"][:kept]
    tensors = {
        key: value
        for key, value in record.tensors.items()
        if (match := _BLOCK.match(key)) is None or int(match[1]) in blocks
    }
    return replace(record, config={**config, "blocks": blocks, "widths": config["widths"][:kept]}, tensors=tensors)
