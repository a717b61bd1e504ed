"""The README of a data set of toon heads, with the licence and the meaning of each file; and the palette of its label maps."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

_COLOURS = (
    *((244, 244, 244), (139, 69, 19), (230, 159, 0), (240, 228, 160), (0, 114, 178), (213, 94, 0), (148, 103, 60)),
    *((86, 180, 233), (60, 60, 60), (204, 121, 167), (0, 158, 115)),
)
PALETTE = bytes(value for colour in _COLOURS for value in colour)
"""RGB of each label, only for the eye: the label is the palette's index."""


def page(labels: Sequence[str], count: int, size: int, seed: int, tables: Sequence[str]) -> str:
    """The README's text (Markdown)."""
    table = "\n".join(f"| {label} | {name} |" for label, name in enumerate(labels))
    attribution = resources.files("resefa.worlds.toon").joinpath("ATTRIBUTION.md").read_text("utf-8")
    licence = attribution.partition("\n\n")[2].strip()
    return f"""# {count:,} toon head{"" if count == 1 else "s"}

Drawn by `resefa worlds draw --count {count} --seed {seed} --size {size}`. The same seed gives the same heads.

- `images/`: RGB pictures of {size} x {size} pixels.
- `labels/`: the visible part at each pixel: palette pictures whose index is the label.
- {" and ".join(f"`{name}`" for name in tables)}: one row for each head. Colours are RGB from 0 to 1; shifts are fractions of the picture's side, to the
  right and down; `angle` is in radians, clockwise; `flip` is 1 if the head is mirrored.
- `world.json`: the settings.

| label | part |
|---|---|
{table}

## Licence

{licence}
"""
