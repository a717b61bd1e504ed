"""The gallery: one HTML file with every picture embedded, which opens from disk and requests nothing from a network."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image as PILImage

from resefa.errors import UsageError
from resefa.files.output_file import write_bytes
from resefa.presentation.heat_map import INFERNO
from resefa.presentation.html import data_uri, render

LARGEST = 512
"""Longer side of an embedded picture in pixels: about the size of a card. Larger pictures are reduced."""


@dataclass(frozen=True)
class GalleryMeasure:
    """Mean squared changes of the picture at one strength.

    Attributes:
        strength: of the picture.
        inside, outside: change inside and outside the region.
        random_outside: change outside of random directions with the same change inside; None if not measured.
    """

    strength: float
    inside: float
    outside: float
    random_outside: float | None = None


@dataclass(frozen=True)
class GalleryEdit:
    """One edit of one image. The frame whose strength is nearest to 0 counts as the original.

    Attributes:
        region: the original with the region outlined; None if the directions name no region.
        heat: heat map of the change.
        measures: measured changes of some of the frames.
        notes: remarks on the frames, for example a change that was not reached.
        details: for readers who know the method; collapsed.
        limits: for each frame, a remark if it is not an edit of its strength, else empty text.
        captions: for each frame, a label that is shown with it; empty text for none.
    """

    title: str
    frames: Sequence[PILImage.Image]
    strengths: Sequence[float]
    region: PILImage.Image | None
    heat: PILImage.Image
    measures: Sequence[GalleryMeasure] = ()
    notes: Sequence[str] = ()
    details: Mapping[str, str] = field(default_factory=dict)
    limits: Sequence[str] = ()
    captions: Sequence[str] = ()

    def limit(self, i: int) -> str:
        """The remark on frame ``i``."""
        return self.limits[i] if i < len(self.limits) else ""

    def caption(self, i: int) -> str:
        """The label of frame ``i``: its limit, else its caption."""
        return self.limit(i) or (self.captions[i] if i < len(self.captions) else "")


@dataclass(frozen=True)
class GallerySection:
    """Edits that share a slider, for example those of one region. ``details``: for readers who know the method; collapsed."""

    title: str
    text: str
    edits: Sequence[GalleryEdit]
    details: str = ""


def save_gallery(
    path: str | Path,
    title: str,
    intro: str,
    sections: Sequence[GallerySection],
    footer: str = "",
    *,
    heat_top: float | None = None,
) -> None:
    """Write the page atomically. All text is escaped; an empty line in a text starts a new paragraph.

    Args:
        heat_top: squared change of the brightest colour, if all heat maps share it.

    Raises:
        UsageError: an edit without frames, or with different numbers of strengths and frames.
        OutputError: the file cannot be written.
    """
    edits = [edit for section in sections for edit in section.edits]
    page = render(
        "resefa.presentation",
        "gallery.html",
        title=title,
        intro=_paragraphs(intro),
        sections=[_section(section) for section in sections],
        footer=_paragraphs(footer),
        heat_top=heat_top,
        heat_colours=", ".join(f"rgb({r:g} {g:g} {b:g})" for r, g, b in INFERNO),
        has_regions=any(edit.region is not None for edit in edits),
        has_comparison=any(measure.random_outside is not None for edit in edits for measure in edit.measures),
        has_limits=any(map(any, (edit.limits for edit in edits))),
    )
    write_bytes(path, page.encode(), rescue=True)


def _section(section: GallerySection) -> dict[str, Any]:
    cards = [_card(edit) for edit in section.edits]
    strengths = [strength for edit in section.edits for strength in edit.strengths] or [0.0]
    least, most = min(strengths), max(strengths)
    return {
        "title": section.title,
        "text": _paragraphs(section.text),
        "details": _paragraphs(section.details),
        "least": least,
        "most": most,
        "start": min(max(0.0, least), most),
        "cards": cards,
    }


def _card(edit: GalleryEdit) -> dict[str, Any]:
    if not edit.frames or len(edit.frames) != len(edit.strengths):
        raise UsageError(
            f"{edit.title!r} has {len(edit.frames)} frames and {len(edit.strengths)} strengths; give one strength for "
            "each frame, and at least one frame."
        )
    labels = [_signed(strength) for strength in edit.strengths]
    frames = [
        {
            "label": label,
            "strength": f"{edit.strengths[i]:.6g}",
            "source": data_uri(frame, LARGEST),
            "limit": _typeset(edit.limit(i)),
            "caption": _typeset(edit.caption(i)),
        }
        for i, (label, frame) in enumerate(zip(labels, edit.frames, strict=True))
    ]
    return {
        "title": edit.title,
        "size": edit.frames[0].size,
        "original": min(range(len(labels)), key=lambda i: abs(edit.strengths[i])),
        "frames": frames,
        "region": None if edit.region is None else data_uri(edit.region, LARGEST),
        "heat": data_uri(edit.heat, LARGEST),
        "notes": [_typeset(note) for note in edit.notes],
        "measures": _measures(edit.measures),
        "details": edit.details,
    }


def _measures(measures: Sequence[GalleryMeasure]) -> dict[str, Any] | None:
    """The bars and the summary of the finite measures; None if no measure is finite."""
    shown = [one for one in measures if _drawable(one)]
    if not shown:
        return None
    groups, drawn = [], [_bars(one) for one in shown]
    largest = max(value for bars in drawn for _, _, value in bars) or 1.0
    for one, bars in zip(shown, drawn, strict=True):
        groups.append({
            "strength": _signed(one.strength), "inside": None if one.random_outside is None else one.inside,
            "bars": [{"name": name, "kind": kind, "value": value, "percent": 100 * value / largest} for name, kind, value in bars],
        })  # fmt: skip
    pairs = [(one.outside, one.random_outside) for one in shown if one.random_outside is not None]
    return {"groups": groups, "summary": _comparison(pairs) if pairs else ""}


def _bars(measure: GalleryMeasure) -> list[tuple[str, str, float]]:
    """Name, kind and value of each bar: outside against random directions, or inside against outside."""
    if measure.random_outside is not None:
        return [("this direction", "own", measure.outside), ("random directions", "other", measure.random_outside)]
    return [("inside", "own", measure.inside), ("outside", "other", measure.outside)]


def _drawable(measure: GalleryMeasure) -> bool:
    values = [measure.inside, measure.outside, *([] if measure.random_outside is None else [measure.random_outside])]
    return all(math.isfinite(value) and value >= 0 for value in values)


def _comparison(pairs: Sequence[tuple[float, float]]) -> str:
    """``2.5× less than random directions``, from (outside, outside of random directions)."""
    outside, random_outside = (sum(values) / len(pairs) for values in zip(*pairs, strict=True))
    if outside == 0:
        return "none at all"
    ratio = random_outside / outside
    if ratio < 1.05:
        return "no less than random directions"
    return f"{ratio:.0f}× less than random directions" if ratio >= 9.95 else f"{ratio:.1f}× less than random directions"


def _typeset(text: str) -> str:
    return re.sub(r"(?<![\w])-(?=\d)", "−", text)


def _signed(strength: float) -> str:
    text = f"{strength:+.3g}"
    return "0" if float(text) == 0 else _typeset(text)


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in text.split("\n\n") if part.strip()]
