"""The page's look: Gradio's base theme with the system's fonts, so that no font is loaded."""

from __future__ import annotations

from gradio.themes import Base

_SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif")
_MONOSPACED = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")


def theme() -> Base:
    """The editor's theme, light and dark."""
    return Base(primary_hue="teal", secondary_hue="teal", neutral_hue="slate", font=_SANS, font_mono=_MONOSPACED)
