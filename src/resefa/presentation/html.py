"""HTML pages: jinja2 templates with autoescape, and pictures embedded as data URIs."""

from __future__ import annotations

import base64
import io
from functools import cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from PIL import Image as PILImage

from resefa.files.html_text import visible

if TYPE_CHECKING:
    from jinja2 import Environment


def render(package: str, template: str, **values: Any) -> str:
    """The HTML page rendered from a template in ``package/templates``.

    Every value is escaped; its control, direction-changing and zero-width characters are written as escapes. A name that
    the template uses and ``values`` lacks is an error.
    """
    return _environment(package).get_template(template).render(**values)


@cache
def _environment(package: str) -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible_value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _visible_value(value: Any) -> Any:
    # Markup, the text of the template's own macros, is a str too and stays as it is.
    return visible(value) if type(value) is str else value


EXACT = 128
"""Longer side in pixels up to which an embedded picture is lossless."""


def data_uri(picture: PILImage.Image, longest: int | None = None) -> Markup:
    """The picture as an address that a page can embed, its longer side reduced to ``longest`` pixels where it is larger.

    WebP, since every browser reads it. Pictures up to ``EXACT`` are lossless: pixel by pixel, "nothing else moves" can be seen.
    Larger ones differ from the picture by about 1 of 255 levels on average, take a quarter of the bytes and a tenth of the time.
    """
    shown = picture.convert("RGB")
    if longest is not None:
        shown.thumbnail((longest, longest), PILImage.Resampling.LANCZOS)
    buffer = io.BytesIO()
    if max(shown.size) <= EXACT:
        shown.save(buffer, "WEBP", lossless=True, quality=60, method=3)
    else:
        shown.save(buffer, "WEBP", quality=95, method=4)
    # Markup, since it is safe as it is and, as any value of a page, would else be cut at the length of a line.
    return Markup("data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode())
