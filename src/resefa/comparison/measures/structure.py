"""Structural similarity of edit and original as a measure of pairs."""

from __future__ import annotations

from resefa.metrics.structure import WINDOW, structural_similarity
from resefa.types import Image


class Structure:
    """SSIM over the whole image, 1 for equal ones; None where images are smaller than its window."""

    name, fingerprint, better = "SSIM", "Wang et al. 2004, 11 x 11", "higher"

    def of(self, edited: Image, original: Image) -> list[float | None]:
        """One figure per edited image."""
        if min(edited.shape[-2:]) < WINDOW:
            return [None] * len(edited)
        return list(structural_similarity(edited, original).tolist())
