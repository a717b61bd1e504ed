"""The gallery: one HTML file with everything in it, which opens from disk and asks no network for anything."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from html import escape
from importlib import resources
from pathlib import Path

from PIL import Image as PILImage

from resefa.files import write_bytes


@dataclass(frozen=True)
class GalleryEdit:
    """One direction on one image: a sweep of frames, the outlined region, a heat map, and what was measured.

    ``bars`` are (outside change of this direction, of a random one) at the same inside change.
    """

    title: str
    frames: list[PILImage.Image]
    strengths: list[float]
    region: PILImage.Image
    heat: PILImage.Image
    facts: dict[str, str]
    bars: tuple[float, float] | None = None


@dataclass(frozen=True)
class GallerySection:
    """Edits of one region."""

    title: str
    text: str
    edits: list[GalleryEdit]


def save_gallery(path: str | Path, title: str, intro: str, sections: list[GallerySection], footer: str = "") -> None:
    """Write the page, whole or not at all."""
    page = (resources.files("resefa.presentation") / "templates" / "gallery.html").read_text(encoding="utf-8")
    body = "\n".join(_section(section) for section in sections)
    for mark, text in (("title", escape(title)), ("intro", escape(intro)), ("footer", escape(footer)), ("body", body)):
        page = page.replace("{{" + mark + "}}", text)
    write_bytes(path, page.encode())


def _section(section: GallerySection) -> str:
    cards = "\n".join(_card(edit) for edit in section.edits)
    last = max(len(edit.frames) for edit in section.edits) - 1
    return f"""<section><h2>{escape(section.title)}</h2><p>{escape(section.text)}</p>
<p class="master"><button type="button" class="play">Play</button><label>all of them
<input type="range" class="all" min="0" max="{last}" value="{last // 2}"></label></p><div class="cards">{cards}</div></section>"""


def _card(edit: GalleryEdit) -> str:
    middle = len(edit.frames) // 2
    strip = "".join(
        f'<img src="{_data(frame)}" alt="strength {strength:+g}" title="strength {strength:+g}">'
        for frame, strength in zip(edit.frames, edit.strengths, strict=True)
    )
    facts = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in edit.facts.items())
    bars = ""
    if edit.bars and max(edit.bars) > 0:
        rows = zip(("this direction", "a random one"), edit.bars, ("own", "other"), strict=True)
        bars = '<div class="bars"><p>Change outside the region, at the same change inside</p>' + "".join(
            f'<div class="bar {kind}"><i style="width:{100 * value / max(edit.bars):.1f}%"></i>'
            f"<span>{name}: {value:.4f}</span></div>"
            for name, value, kind in rows
        )
        bars += "</div>"
    return f"""<article class="card"><h3>{escape(edit.title)}</h3><div class="views">
<figure class="large"><img class="face" src="{_data(edit.frames[middle])}" alt="{escape(edit.title)}"></figure>
<div><figure><img src="{_data(edit.region)}" alt="region"><figcaption>region</figcaption></figure>
<figure><img src="{_data(edit.heat)}" alt="heat map of what changed"><figcaption>what changed</figcaption></figure></div></div>
<label class="strength">strength <output>{edit.strengths[middle]:+g}</output>
<input type="range" class="one" min="0" max="{len(edit.frames) - 1}" value="{middle}"></label>
<div class="strip">{strip}</div>{bars}<table>{facts}</table></article>"""


def _data(picture: PILImage.Image) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
