"""The gallery: one HTML file with everything in it, which opens from disk and asks no network for anything."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template

from PIL import Image as PILImage

from resefa.errors import UsageError
from resefa.files import write_bytes
from resefa.presentation.heat_map import INFERNO
from resefa.presentation.html_text import escape

LARGEST = 384
"""Longer side of an embedded picture: about what a card shows on a dense screen. Larger ones are shrunk to it."""


@dataclass(frozen=True)
class GalleryEdit:
    """One direction on one image: a sweep of frames, the outlined region, a heat map, and what was measured.

    The frame whose strength is nearest to 0 counts as the original. ``bars`` are (outside change of this direction,
    of a random one) at the same inside change.
    """

    title: str
    frames: Sequence[PILImage.Image]
    strengths: Sequence[float]
    region: PILImage.Image
    heat: PILImage.Image
    facts: Mapping[str, str]
    bars: tuple[float, float] | None = None


@dataclass(frozen=True)
class GallerySection:
    """Edits of one region."""

    title: str
    text: str
    edits: Sequence[GalleryEdit]


def save_gallery(
    path: str | Path, title: str, intro: str, sections: Sequence[GallerySection], footer: str = ""
) -> None:
    """Write the page, whole or not at all. All text is escaped; an empty line in it starts a new paragraph.

    Raises:
        UsageError: an edit without frames, or with another number of strengths than frames.
        OutputError: the file cannot be written.
    """
    page = _template("gallery.html").substitute(
        title=escape(title),
        intro=_paragraphs(intro, "intro"),
        sections="\n".join(_section(section) for section in sections),
        footer=_paragraphs(footer),
        style=_template("gallery.css").substitute(heat=", ".join(f"rgb({r:g} {g:g} {b:g})" for r, g, b in INFERNO)),
        script=_read("gallery.js"),
    )
    write_bytes(path, page.encode())


def _section(section: GallerySection) -> str:
    cards = "\n".join(_card(edit) for edit in section.edits)
    last = max((len(edit.frames) for edit in section.edits), default=1) - 1
    return _template("section.html").substitute(
        title=escape(section.title), text=_paragraphs(section.text), last=last, middle=last // 2, cards=cards
    )


def _card(edit: GalleryEdit) -> str:
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
    facts = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in edit.facts.items()
    )
    return _template("card.html").substitute(
        title=escape(edit.title),
        width=edit.frames[0].width,
        height=edit.frames[0].height,
        original=original,
        original_source=sources[original],
        original_label=labels[original],
        last=len(labels) - 1,
        strip=strip,
        region=_data(edit.region),
        heat=_data(edit.heat),
        bars=_bars(edit.bars) if edit.bars else "",
        facts=f"<table><tbody>{facts}</tbody></table>" if facts else "",
    )


def _bars(bars: tuple[float, float]) -> str:
    own, other = bars
    if not (math.isfinite(own) and math.isfinite(other) and min(bars) >= 0 and max(bars) > 0):
        return ""
    rows = zip(("this direction", "random direction"), bars, ("own", "other"), strict=True)
    return _template("bars.html").substitute(
        verdict=_verdict(own, other),
        rows="".join(
            f'<div class="bar {kind}"><span>{name}</span><i><b style="width:{100 * value / max(bars):.1f}%"></b></i>'
            f"<span>{value:.4f}</span></div>"
            for name, value, kind in rows
        ),
    )


def _verdict(own: float, other: float) -> str:
    if own == 0:
        return "none at all"
    ratio = other / own
    if ratio >= 1.05:
        return f"{ratio:.0f}× less than a random direction" if ratio >= 9.95 else f"{ratio:.1f}× less than a random one"
    return "no less than a random direction"


def _signed(strength: float) -> str:
    text = f"{strength:+.3g}"
    return "0" if float(text) == 0 else text.replace("-", "−")


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
