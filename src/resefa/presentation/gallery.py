"""The gallery: one HTML file with everything in it, which opens from disk and asks no network for anything."""

from __future__ import annotations

import base64
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from string import Template

from PIL import Image as PILImage

from resefa.errors import UsageError
from resefa.files.output_file import write_bytes
from resefa.presentation.heat_map import INFERNO
from resefa.presentation.html import escape

LARGEST = 384
"""Longer side of an embedded picture: about what a card shows on a dense screen. Larger ones are shrunk to it."""
_REGION_HELP = "The white line marks the region that was edited."
_COMPARED_HELP = (
    " Bars compare the change outside the region with that of random directions which change the inside as much; they hold at the "
    "strengths they name."
)


@dataclass(frozen=True)
class GalleryMeasure:
    """Mean squared changes of the picture at one strength, and outside the region of random directions that change the inside as
    much (None where that was not measured)."""

    strength: float
    inside: float
    outside: float
    random_outside: float | None = None


@dataclass(frozen=True)
class GalleryEdit:
    """One edit of one image. The frame whose strength is nearest to 0 counts as the original.

    Attributes:
        region: the original with the region outlined; None where no region is known.
        heat: what changed.
        measures: the figures of pictures that are among the frames.
        notes: what the frames do not show by themselves, such as a change that was not reached.
        details: for readers who know the method; folded away.
    """

    title: str
    frames: Sequence[PILImage.Image]
    strengths: Sequence[float]
    region: PILImage.Image | None
    heat: PILImage.Image
    measures: Sequence[GalleryMeasure] = ()
    notes: Sequence[str] = ()
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class GallerySection:
    """Edits of one region. ``details``: text for readers who know the method; folded away."""

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
    """Write the page, whole or not at all. All text is escaped; an empty line in it starts a new paragraph.

    Args:
        heat_top: the squared change that the heat maps show brightest, where it is the same for all.

    Raises:
        UsageError: an edit without frames, or with another number of strengths than frames.
        OutputError: the file cannot be written.
    """
    edits = [edit for section in sections for edit in section.edits]
    regions = any(edit.region is not None for edit in edits)
    compared = any(measure.random_outside is not None for edit in edits for measure in edit.measures)
    page = _template("gallery.html").substitute(
        title=escape(title),
        intro=_paragraphs(intro, "intro"),
        region=_REGION_HELP if regions else "",
        compared=_COMPARED_HELP if compared else "",
        sections="\n".join(_section(section, heat_top) for section in sections),
        footer=_paragraphs(footer),
        style=_template("gallery.css").substitute(heat=", ".join(f"rgb({r:g} {g:g} {b:g})" for r, g, b in INFERNO)),
        script=_read("gallery.js"),
    )
    write_bytes(path, page.encode(), rescue=True)


def _section(section: GallerySection, heat_top: float | None) -> str:
    cards = "\n".join(_card(edit, heat_top) for edit in section.edits)
    last = max((len(edit.frames) for edit in section.edits), default=1) - 1
    return _template("section.html").substitute(
        title=escape(section.title),
        text=_paragraphs(section.text) + _fold(_paragraphs(section.details)),
        last=last,
        middle=last // 2,
        cards=cards,
    )


def _card(edit: GalleryEdit, heat_top: float | None) -> str:
    if not edit.frames or len(edit.frames) != len(edit.strengths):
        raise UsageError(
            f"{edit.title!r} has {len(edit.frames)} frames and {len(edit.strengths)} strengths: give one strength for "
            "each frame, and at least one."
        )
    labels = [_signed(strength) for strength in edit.strengths]
    original = min(range(len(labels)), key=lambda i: abs(edit.strengths[i]))
    sources = [_data(frame) for frame in edit.frames]
    strip = "".join(
        f'<li><img src="{source}" alt="strength {label}"><span aria-hidden="true">{label}</span></li>'
        for source, label in zip(sources, labels, strict=True)
    )
    title = escape(edit.title)
    region = "" if edit.region is None else _template("region.html").substitute(title=title, region=_data(edit.region))
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in edit.details.items()
    )
    return _template("card.html").substitute(
        title=title,
        width=edit.frames[0].width,
        height=edit.frames[0].height,
        original=original,
        original_source=sources[original],
        original_label=labels[original],
        last=len(labels) - 1,
        strip=strip,
        region=region,
        heat=_data(edit.heat),
        scale="" if heat_top is None else f"<span>0</span><span>{heat_top:g} or more</span>",
        notes="".join(f'<p class="note">{escape(_typeset(note))}</p>' for note in edit.notes),
        measures=_measures(edit.measures),
        facts=_fold(f"<table><tbody>{rows}</tbody></table>" if rows else ""),
    )


def _measures(measures: Sequence[GalleryMeasure]) -> str:
    shown = [one for one in measures if _drawable(one)]
    if not shown:
        return ""
    largest = max(value for one in shown for value in (one.outside, one.random_outside or 0.0)) or 1.0
    groups = []
    for one in shown:
        bars = _bar("this direction" if one.random_outside is not None else "outside", one.outside, largest, "own")
        if one.random_outside is not None:
            bars += _bar("random directions", one.random_outside, largest, "other")
        groups.append(f"<p>At {_signed(one.strength)}: {one.inside:.4f} inside the region</p>{bars}")
    pairs = [(one.outside, one.random_outside) for one in shown if one.random_outside is not None]
    verdict = ""
    if pairs:
        own, other = (sum(values) / len(pairs) for values in zip(*pairs, strict=True))
        verdict = f"<strong>{_verdict(own, other)}</strong> at the same change inside"
    return _template("measures.html").substitute(verdict=f": {verdict}" if verdict else "", groups="".join(groups))


def _drawable(measure: GalleryMeasure) -> bool:
    values = [measure.inside, measure.outside, *([] if measure.random_outside is None else [measure.random_outside])]
    return all(math.isfinite(value) and value >= 0 for value in values)


def _bar(name: str, value: float, largest: float, kind: str) -> str:
    return (
        f'<div class="bar {kind}"><span>{name}</span><i><b style="width:{100 * value / largest:.1f}%"></b></i>'
        f"<span>{value:.4f}</span></div>"
    )


def _verdict(own: float, other: float) -> str:
    if own == 0:
        return "none at all"
    ratio = other / own
    if ratio >= 1.05:
        return (
            f"{ratio:.0f}× less than random directions"
            if ratio >= 9.95
            else f"{ratio:.1f}× less than random directions"
        )
    return "no less than random directions"


def _fold(content: str) -> str:
    return f"<details><summary>Details of the method</summary>{content}</details>" if content else ""


def _typeset(text: str) -> str:
    return re.sub(r"(?<![\w])-(?=\d)", "−", text)


def _signed(strength: float) -> str:
    text = f"{strength:+.3g}"
    return "0" if float(text) == 0 else _typeset(text)


def _paragraphs(text: str, kind: str = "") -> str:
    mark = f' class="{kind}"' if kind else ""
    return "".join(f"<p{mark}>{escape(part.strip())}</p>" for part in text.split("\n\n") if part.strip())


def _data(picture: PILImage.Image) -> str:
    # Lossless, since a lossy format would itself change a little of every pixel, and "nothing else moves" could not be
    # seen; WebP, which browsers have read for years and which is a third smaller than PNG here.
    shown = picture.convert("RGB")
    shown.thumbnail((LARGEST, LARGEST), PILImage.Resampling.LANCZOS)
    buffer = io.BytesIO()
    shown.save(buffer, "WEBP", lossless=True, quality=60, method=3)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()


def _template(name: str) -> Template:
    return Template(_read(name))


def _read(name: str) -> str:
    return (resources.files("resefa.presentation") / "templates" / name).read_text(encoding="utf-8")
