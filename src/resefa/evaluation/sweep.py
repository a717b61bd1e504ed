"""One edit swept over strengths on one image, measured and drawn: a row of a sheet, a card of the gallery."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image as PILImage

from resefa.directions.directions import Direction
from resefa.editing.composition import Composition
from resefa.editing.edit import edit
from resefa.evaluation.locality import Locality
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.metrics.change import region_change, squared_change
from resefa.presentation.gallery import GalleryEdit
from resefa.presentation.pixels import heat_map, outlined, to_picture
from resefa.presentation.sheet import SheetRow

HEAT_TOP = 0.25
"""Squared change that the heat map shows brightest; one value for all, so that pictures can be compared."""


class Sweep:
    """The pictures of one sweep. ``measured`` is a single direction's locality on this image, where a region is known."""

    def __init__(
        self,
        generator: Generator,
        code: LatentCode,
        direction: Direction | Composition,
        strengths: Sequence[float],
        *,
        change: float | None,
        measured: Locality | None,
        size: int | None = None,
    ) -> None:
        self.composition, self.strengths, self.measured = Composition.of(direction), list(strengths), measured
        self.label = code.label(0)
        original = generator.synthesize(code)
        steps = list(strengths)
        if measured is not None and change == measured.calibration.change:  # what was measured is not measured again
            steps, change = [measured.calibration.alpha(strength) for strength in steps], None
        images = edit(generator, code, self.composition, steps, change=change)[0]
        self.frames = [to_picture(image, size) for image in images]
        weights, protect = self.composition.edit, self.composition.protect
        self.region: PILImage.Image = (
            to_picture(original[0], size) if weights is None else outlined(original[0], weights, size)
        )
        # The heat of the outermost strengths, which is where a leak shows first.
        ends = images[[0, -1]] if len(images) > 1 else images
        self.heat = heat_map(squared_change(ends, original).mean(0), HEAT_TOP, size)
        self.ends = None if weights is None or protect is None else region_change(ends, original, weights, protect)

    def row(self, every: int = 1) -> SheetRow:
        """For a contact sheet: region, each ``every``-th picture of the sweep, heat map."""
        details = [f"{name}: {value}" for name, value in self.facts().items()]
        return SheetRow(
            f"{self.label}, {self.composition.name}", [self.region, *self.frames[::every], self.heat], details
        )

    def card(self) -> GalleryEdit:
        """For the gallery."""
        bars = None if self.measured is None else (self.measured.outside, self.measured.random_outside)
        title = f"{self.label}, {self.composition.name}"
        return GalleryEdit(title, self.frames, self.strengths, self.region, self.heat, self.facts(), bars)

    def facts(self) -> dict[str, str]:
        """What was measured, in words for a reader."""
        facts = {}
        if (single := self.composition.single) is not None and single.eigenvalue is not None:
            facts["eigenvalue"] = f"{single.eigenvalue:.2f}"
        if self.measured is not None:
            facts["inside, at strength 1"] = f"{self.measured.inside:.4f}"
            facts["outside"] = f"{self.measured.outside:.4f}"
            facts["outside, random"] = f"{self.measured.random_outside:.4f}"
            facts["outside / inside"] = f"{self.measured.ratio:.2f}"
        elif self.ends is not None:
            for end, side in zip(self.ends, (self.strengths[0], self.strengths[-1]), strict=False):
                facts[f"at {side:+.3g}"] = f"inside {end.inside:.4f}, outside {end.outside:.4f}"
        return facts


def column_labels(strengths: Sequence[float]) -> list[str]:
    """Above the pictures of ``Sweep.row``."""
    return ["region", *(f"{strength:+.3g}" if strength else "0" for strength in strengths), "change"]
