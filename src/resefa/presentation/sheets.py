"""``resefa.sheet``, ``save_sheet`` and ``save_page``: sweeps and images with captions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from PIL import Image as PILImage
from torch import Tensor

from resefa.errors import OutputError, UsageError
from resefa.presentation.animation import ending
from resefa.presentation.contact_sheet import SheetRow, contact_sheet
from resefa.presentation.gallery import GallerySection, save_gallery
from resefa.presentation.pixels import to_picture
from resefa.presentation.save_images import save_picture
from resefa.presentation.sweep import HEAT_TOP, Sweep, column_labels


def sheet(
    shown: Sweep | Sequence[Sweep] | Tensor,
    title: str = "",
    *,
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
    every: int = 1,
) -> PILImage.Image:
    """One picture of labelled rows: sweeps with their region, figures and heat map, or images.

    Args:
        shown: sweeps over the same strengths, or images (n, channels, height, width) or (codes, strengths, channels, height, width)
            in [-1, 1].
        rows, columns: labels of images; sweeps have labels.
        every: show each ``every``-th strength of sweeps.

    Raises:
        UsageError: images of a different shape, more labels than rows or columns, or ``every`` below 1.
    """
    if isinstance(every, bool) or not isinstance(every, int) or every < 1:
        raise UsageError(f"every={every!r}; give a whole number, 1 or more.")
    if isinstance(shown, Tensor):
        if shown.ndim not in (4, 5):
            raise UsageError(
                f"shown has shape {tuple(shown.shape)}; give images (n, channels, height, width) or (codes, strengths, channels, height, width)."
            )
        nested = shown if shown.ndim == 5 else shown[None]
        for name, given, there in (("rows", rows, len(nested)), ("columns", columns, nested.shape[1])):
            if len(given) > there:
                raise UsageError(f"{name} has {len(given)} labels, but the sheet has {there} {name}.")
        labels = [*rows, *[""] * (len(nested) - len(rows))]
        cells = [
            SheetRow(label, [to_picture(image) for image in row]) for label, row in zip(labels, nested, strict=False)
        ]
        return contact_sheet(cells, list(columns), title)
    sweeps = _checked(shown)
    regions = sweeps[0].region is not None
    labels = column_labels(sweeps[0].strengths[::every], regions)
    return contact_sheet([one.row(every) for one in sweeps], labels, title, _footer(sweeps))


def save_sheet(
    shown: Sweep | Sequence[Sweep] | Tensor,
    path: str | Path,
    title: str = "",
    *,
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
    every: int = 1,
) -> None:
    """Write ``sheet(shown, title)`` as .png, .jpg or .webp.

    Raises:
        OutputError: an unknown suffix, or the file cannot be written.
    """
    save_picture(path, sheet(shown, title, rows=rows, columns=columns, every=every))


def save_page(
    sweeps: Sweep | Sequence[Sweep],
    path: str | Path,
    title: str = "",
    intro: str = "",
    *,
    details: str = "",
    footer: str = "",
) -> None:
    """Write a page (.html) with a slider for each sweep; it opens from disk and requests nothing from a network.

    Args:
        details: text for readers who know the method; collapsed.

    Raises:
        UsageError: no sweep was given.
        OutputError: another suffix, or the file cannot be written.
    """
    found = _checked(sweeps)
    if Path(path).suffix.lower() != ".html":
        raise OutputError(f"{ending(path)}; write a page as .html.")
    section = GallerySection(
        found[0].composition.name, meaning(found[0].change, found[0].ranged), [one.card() for one in found], details
    )
    save_gallery(path, title or section.title, intro, [section], footer, heat_top=HEAT_TOP)


def meaning(change: float | None, ranged: bool = False) -> str:
    """The meaning of a strength, for readers of a page."""
    if ranged:
        return (
            "Strengths −1 and +1 are the ends of the range in which the direction was measured to work; equal distances on the slider "
            "change the region about equally. The label on a picture states its change (mean squared difference, black being −1 and white 1)."
        )
    if change is None:
        return "The strength is the length of the step along the direction; the two signs are opposite steps."
    return (
        f"At strengths −1 and +1 the colours in the region change by {change:g} (mean squared difference, black being −1 and white 1); "
        "other strengths are multiples of that step."
    )


def _checked(sweeps: Sweep | Sequence[Sweep]) -> list[Sweep]:
    found = [sweeps] if isinstance(sweeps, Sweep) else list(sweeps) if isinstance(sweeps, Iterable) else []
    if not found or not all(isinstance(one, Sweep) for one in found):
        raise UsageError(
            "No sweep was given; give at least one resefa.Sweep(generator, code, direction, strengths), or write tensors of images with "
            "resefa.save_images."
        )
    return found


def _footer(sweeps: Sequence[Sweep]) -> str:
    """An explanation of the figures beside the rows."""
    parts = []
    if any(one.ranged for one in sweeps):
        parts.append(
            "Strengths -1 and +1: the ends of the range stored with the direction, in even steps. Change: mean squared, inside."
        )
    if any(one.measured for one in sweeps):
        parts.append(
            "Inside, outside: mean squared change of the region and of the rest, images in [-1, 1], at that strength."
        )
    if any(found.random_outside is not None for one in sweeps for found in one.measured):
        parts.append("Random: change outside of random directions (median) at the same change inside.")
    if any(one.notes for one in sweeps):
        parts.append(
            "If the requested change is not reached, longer steps would change the rest of the picture instead."
        )
    return " ".join(parts)
