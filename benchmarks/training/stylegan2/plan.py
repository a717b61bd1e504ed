"""The plan of a training: which resolutions, and for how long."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class PlannedStage:
    """A resolution and the length of its training: a number of images, or of seconds.

    Attributes:
        resolution: pixels a side.
        images: drawn images to train on, None if the seconds decide.
        seconds: duration, None if the images decide.
    """

    resolution: int
    images: int | None = None
    seconds: float | None = None

    def finished(self, images: int, seconds: float) -> bool:
        """Whether the stage has trained for long enough."""
        if self.images is not None:
            return images >= self.images
        return self.seconds is not None and seconds >= self.seconds


def parse_plan(text: str) -> list[PlannedStage]:
    """Stages from ``64:129k,128:101k,256:400s``: resolution and length, in images (``129k`` is 129,000) or in seconds (``400s``).

    Raises:
        ValueError: the text has another form, or a resolution is lower than the one before.
    """
    stages: list[PlannedStage] = []
    for part in text.split(","):
        found = re.fullmatch(r"\s*(\d+):(\d+)(k|s|)\s*", part)
        if found is None or int(found[1]) not in (16, 32, 64, 128, 256):
            raise ValueError(
                f"The plan {text!r} has the stage {part!r}; write RESOLUTION:LENGTH, as in 64:129k or 256:400s."
            )
        resolution, length = int(found[1]), int(found[2])
        if stages and resolution < stages[-1].resolution:
            raise ValueError(
                f"The plan {text!r} goes from {stages[-1].resolution} to {resolution} pixels; resolutions only grow."
            )
        if found[3] == "s":
            stages.append(PlannedStage(resolution, seconds=float(length)))
        else:
            stages.append(PlannedStage(resolution, images=length * (1000 if found[3] else 1)))
    return stages
