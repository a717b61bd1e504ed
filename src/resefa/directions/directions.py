"""The result of discovery, and the seam between what finds directions and what uses them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from resefa.errors import DirectionsError, LatentError
from resefa.tensor_types import Latent, PixelWeights, Vectors

if TYPE_CHECKING:
    from resefa.generators.protocol import Generator

_FAMILY = re.compile(r"[\w-]+:(?=[a-z])")


@dataclass(frozen=True)
class Provenance:
    """Where directions come from: enough to find them again.

    Attributes:
        method: the finder, ``"region-contrast"`` for ReSeFa.
        model, fingerprint: the generator's name and the digest of its weights.
        space, layers: the latent space, and the layers that an edit moves (None: all).
        code_space: the space of the codes that were analysed, where it is not ``space``.
        truncation, cutoff, label, noise: the conditions under which the images were made (see ``Conditions``).
        seeds: seeds of the codes that were analysed, where they have any.
        region, protect, ignore: the region in the text syntax.
        resolution: (height, width) of the generator's images.
        analysis_resolution: (height, width) at which the Jacobian was taken.
        tau, ridge, rank, solver, status: how the eigenproblem was solved, and its state in words.
        jacobian: how the derivative was taken.
        names: of each direction, where its maker named them.
        steps: of each direction, the raw strength that is 1 in the tool that it was imported from; None: 1 there is 1 here.
        version: of resefa.
    """

    method: str = ""
    model: str = ""
    fingerprint: str = ""
    space: str = "Z"
    layers: str | None = None
    code_space: str = ""
    truncation: float | None = None
    cutoff: int | None = None
    label: int | None = None
    noise: str = ""
    seeds: tuple[int, ...] | None = None
    region: str = ""
    protect: str | None = None
    ignore: str | None = None
    resolution: tuple[int, int] | None = None
    analysis_resolution: tuple[int, int] | None = None
    tau: float | None = None
    ridge: float | None = None
    rank: int | None = None
    solver: str | None = None
    status: str = ""
    jacobian: str | None = None
    names: tuple[str, ...] | None = None
    steps: tuple[float, ...] | None = None
    version: str = ""


@dataclass(frozen=True, eq=False)
class Direction:
    """One unit vector d of the edit ``G(z + alpha d)`` (equation 1), with what is known of it.

    Attributes:
        vector: (n,) float32 of unit length.
        index: its rank in its file, 0 the best.
        eigenvalue: Rayleigh quotient (equation 7), mean squared change inside over that outside plus ridge; or None.
        inside_rate, outside_rate: ``d^T A d`` and ``d^T B d``: mean squared change per squared unit step, inside and
            outside, to first order; or None.
        edit, protect: (h, w) weights of the region at the image's resolution; or None.
        provenance: of the file it belongs to.
    """

    vector: Tensor
    index: int
    eigenvalue: float | None
    inside_rate: float | None
    outside_rate: float | None
    edit: PixelWeights | None
    protect: PixelWeights | None
    provenance: Provenance

    @property
    def name(self) -> str:
        """For labels: ``mouth #0``, without the family that the stored text of a preset carries."""
        if self.provenance.names is not None:
            return self.provenance.names[self.index]
        region = _FAMILY.sub("", self.provenance.region)
        return f"{region or self.provenance.method or 'direction'} #{self.index}"


@dataclass(frozen=True, eq=False)
class Directions:
    """Directions of one region, best first. Frozen; ``directions[i]`` is one of them.

    Attributes:
        vectors: (k, n) float32, unit rows.
        eigenvalues: (k,) float64 or None where the finder has none. Convention: both Gram matrices are means over output
            values (pixels x channels) of images in [-1, 1], and the ridge is part of the denominator.
        residuals: (k,) float64 or None: relative residual of the eigenproblem.
        inside_rate, outside_rate: (k,) float64 or None: see Direction.
        codes: (b, n) float32, the codes that were analysed, or None; of ``provenance.code_space``.
        edit, protect: (h, w) float32 weights of the region at the image's resolution, or None.
        provenance: where they come from.
    """

    vectors: Vectors
    eigenvalues: Tensor | None = None
    residuals: Tensor | None = None
    inside_rate: Tensor | None = None
    outside_rate: Tensor | None = None
    codes: Latent | None = None
    edit: PixelWeights | None = None
    protect: PixelWeights | None = None
    provenance: Provenance = field(default_factory=Provenance)

    def __post_init__(self) -> None:
        vectors = self.vectors
        if vectors.ndim != 2 or not len(vectors) or not vectors.shape[1]:
            raise DirectionsError(f"Directions of shape {tuple(vectors.shape)} came: expected (k, n), one row each.")
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, Tensor) and not bool(torch.isfinite(value).all()):
                raise DirectionsError(f"The directions' {item.name} contain NaN or infinity: find them anew.")
        for name in ("eigenvalues", "residuals", "inside_rate", "outside_rate"):
            value = getattr(self, name)
            if value is not None and tuple(value.shape) != (len(vectors),):
                raise DirectionsError(f"{len(vectors)} directions came with {name} of shape {tuple(value.shape)}.")
        for name, kinds in (("names", str), ("steps", int | float)):
            facts = getattr(self.provenance, name)
            listed = isinstance(facts, tuple) and all(isinstance(one, kinds) for one in facts)
            if facts is not None and not (listed and len(facts) == len(vectors)):
                raise DirectionsError(
                    f"{len(vectors)} directions came with other {name} than one each: make the file anew."
                )
        same = self.provenance.layers is None and self.provenance.code_space in ("", self.provenance.space)
        if self.codes is not None and (self.codes.ndim != 2 or (same and self.codes.shape[1] != vectors.shape[1])):
            raise DirectionsError(
                f"Directions of {vectors.shape[1]} dimensions came with codes of shape {tuple(self.codes.shape)}."
            )
        lengths = vectors.norm(dim=1)
        if bool((lengths == 0).any()):
            raise DirectionsError(f"Direction {int((lengths == 0).nonzero()[0])} is all zeros: it moves nothing.")

    @property
    def dimensions(self) -> int:
        return self.vectors.shape[1]

    def __len__(self) -> int:
        return len(self.vectors)

    def __getitem__(self, index: int) -> Direction:
        if not isinstance(index, int) or not -len(self) <= index < len(self):
            raise DirectionsError(
                f"Direction {index!r} was asked for, but there are {len(self)}: 0 to {len(self) - 1}."
            )
        index %= len(self)

        def at(values: Tensor | None) -> float | None:
            return None if values is None else float(values[index])

        return Direction(
            self.vectors[index],
            index,
            at(self.eigenvalues),
            at(self.inside_rate),
            at(self.outside_rate),
            self.edit,
            self.protect,
            self.provenance,
        )

    def __iter__(self) -> Iterator[Direction]:
        return (self[i] for i in range(len(self)))

    def check_fits(self, model: str, fingerprint: str, space: str, dimensions: int) -> str | None:
        """Refuse another space or size; give one sentence of warning for other weights, None if all is well.

        Raises:
            LatentError: these directions cannot be applied to that generator.
        """
        mine = self.provenance
        if dimensions != self.dimensions or space != mine.space:
            raise LatentError(
                f"The directions have {self.dimensions} dimensions in {mine.space} (found on {mine.model or 'an unnamed'} "
                f"model), but {model} has {dimensions} in {space}: use the model they were found on."
            )
        # What follows an @ says at which resolution a view of the same weights ends.
        if mine.fingerprint and mine.fingerprint.partition("@")[0] != fingerprint.partition("@")[0]:
            return (
                f"these directions were found on {mine.model or 'another model'} with other weights than {model}'s: they "
                "may mean something else here"
            )
        return None

    def chosen(self, indices: Sequence[int]) -> Directions:
        """Some of them, one at least, in this order."""
        at = [self[index].index for index in indices]
        parts = {item.name: getattr(self, item.name) for item in fields(self)}
        for name in ("vectors", "eigenvalues", "residuals", "inside_rate", "outside_rate"):
            parts[name] = None if parts[name] is None else parts[name][at]
        own = self.provenance
        facts = {
            "names": own.names and tuple(own.names[i] for i in at),
            "steps": own.steps and tuple(own.steps[i] for i in at),
        }
        return Directions(**parts | {"provenance": replace(own, **facts)})

    def save(self, path: str | Path, *, format: str | None = None, generator: Generator | None = None) -> None:
        """Write one file: ``.safetensors`` with everything, or what another tool reads, by the ending or ``format``.

        Args:
            format: npy (the bare (k, n) array), w+, interfacegan, ganspace, rosinality or stylespace: docs/other_tools.md.
            generator: the model, for formats that need its sizes (w+, stylespace).
        """
        from resefa.directions.storage import save_directions

        save_directions(self, path, format, generator)

    @classmethod
    def load(
        cls,
        path: str | Path,
        *,
        space: str | None = None,
        layers: str | None = None,
        generator: Generator | None = None,
    ) -> Directions:
        """Read a ``.safetensors`` file of resefa, or one of another tool (docs/other_tools.md), told apart by content.

        Args:
            space, layers: of the directions, where another tool's file does not say it.
            generator: the model that they are for, which settles what a shape means.
        """
        from resefa.directions.storage import load_directions

        return load_directions(path, space, layers, generator)
