"""Origin of directions. The annotations are the schema of a directions file: type and limits of each field."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from msgspec import Meta

from resefa.latents.seeds import LARGEST_SEED

Word = Annotated[str, Meta(max_length=200)]
Name = Annotated[str, Meta(max_length=1000)]
Sentence = Annotated[str, Meta(max_length=10_000)]
RegionText = Annotated[str, Meta(max_length=2**20)]
"""Longest text of a region: a polygon of 50,000 points."""
Size = Annotated[int, Meta(ge=1, le=2**16)]
Seed = Annotated[int, Meta(ge=0, le=LARGEST_SEED)]
Noise = Annotated[str, Meta(pattern=r"\A(constant|none|[0-9]{1,10})?\Z")]


@dataclass(frozen=True)
class Provenance:
    """Origin of directions, in enough detail to discover them again.

    Attributes:
        method: its name, such as ``"resefa"``.
        model, fingerprint: the generator's name and the digest of its weights.
        space, layers: the latent space, and the layers that an edit moves (None: all).
        code_space: the space of the codes that were analysed, where it is not ``space``.
        truncation, cutoff, label, noise: the conditions under which the images were made (see ``Conditions``).
        seeds: seeds of the codes that were analysed, where they have any.
        region, protect, ignore: the region in the text syntax.
        segmenter: of a region that follows the image the fingerprint of the segmenter, empty if unknown; None: a fixed region.
        resolution: (height, width) of the generator's images.
        analysis_resolution: (height, width) at which the Jacobian was taken.
        objective: what an edit was to change and to hold; eigenvalues and rates are of its features.
        weighting: the weight of each of several images in sums over images, ``"normalised"`` or ``"plain"``; None: one image, or no sums.
        vary, hold: texts of the objective's terms (``resefa.discovery.Term``); None: an objective without terms, such as the pixels.
        solver: the algorithm.
        notes: on the method's choices and on the problem, in words; the certificate has the facts of the eigenproblem.
        jacobian: how the derivative was taken.
        names: of each direction, where they have names.
        steps: of each direction, the strength that is 1 in the tool that it was imported from; None: 1 there is 1 here.
        version: of resefa.
    """

    method: Word = ""
    model: Name = ""
    fingerprint: Word = ""
    space: Word = "Z"
    layers: Name | None = None
    code_space: Word = ""
    truncation: float | None = None
    cutoff: int | None = None
    label: int | None = None
    noise: Noise = ""
    seeds: tuple[Seed, ...] | None = None
    region: RegionText = ""
    protect: RegionText | None = None
    ignore: RegionText | None = None
    segmenter: Word | None = None
    resolution: tuple[Size, Size] | None = None
    analysis_resolution: tuple[Size, Size] | None = None
    objective: Word = "pixels"
    weighting: Word | None = None
    vary: Annotated[tuple[RegionText, ...], Meta(max_length=64)] | None = None
    hold: Annotated[tuple[RegionText, ...], Meta(max_length=64)] | None = None
    solver: Word | None = None
    notes: Sentence = ""
    jacobian: Sentence | None = None
    names: tuple[Name, ...] | None = None
    steps: tuple[float, ...] | None = None
    version: Word = ""

    def of_all(self) -> Provenance:
        """The fields that apply to all directions together: all but names and steps."""
        return self if self.names is None and self.steps is None else replace(self, names=None, steps=None)
