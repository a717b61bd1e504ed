"""Directions: the result of discovery, and the only link between code that discovers and code that edits."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import torch
from torch import Tensor

from resefa.directions import shown
from resefa.directions.facts import DirectionFacts, facts_in_another_region, facts_of
from resefa.directions.fitting import check_fits, in_region, on_images, region_of
from resefa.directions.provenance import Provenance
from resefa.directions.storage import OpenedFile, open_directions, save_directions
from resefa.directions.validation import OF_EACH, check_name, validated
from resefa.errors import DirectionsError, printable
from resefa.solvers.certificate import Certificate
from resefa.types import Latent, PixelWeights, Vectors

if TYPE_CHECKING:
    from resefa.generators.base import BaseGenerator
    from resefa.generators.protocol import Generator
    from resefa.regions.image_parts import ImageParts
    from resefa.regions.region import Region


@dataclass(frozen=True, eq=False)
class Direction:
    """One unit vector d of the edit ``G(z + alpha d)`` (equation 1).

    Attributes:
        vector: (n,) float32 of unit length.
        index: its rank in its file, 0 the best.
        eigenvalue: Rayleigh quotient (equation 7), mean squared change inside over that outside plus ridge; or None.
        inside_rate, outside_rate: ``d^T A d`` and ``d^T B d``: mean squared change per squared unit step, inside and
            outside, to first order; or None.
        edit, protect: (h, w) weights of the region at the image's resolution, or None. Of a region that follows the image
            the mean over the analysed images; on several images to be edited (b, h, w), see ``on_images``.
        provenance: of its file, without names and steps.
        given_name: its name in the file, or None.
        step: the strength that is 1 in the tool it was imported from; None: 1 there is 1 here.
        codes: (b, n) float32, the analysed codes in ``provenance.code_space``, or None.
        certificate: how exact the eigenvalue is, or None.
        region: a region that follows the image, as given to ``with_region``; None: that of the provenance's text.
        facts: measured on edited images; None: nothing was measured.
    """

    vector: Tensor
    index: int
    eigenvalue: float | None
    inside_rate: float | None
    outside_rate: float | None
    edit: PixelWeights | None
    protect: PixelWeights | None
    provenance: Provenance
    given_name: str | None = None
    step: float | None = None
    codes: Latent | None = None
    certificate: Certificate | None = None
    region: Region | None = None
    facts: DirectionFacts | None = None

    @property
    def status(self) -> str:
        """The certificate and the method's notes as text."""
        return shown.status(self.certificate, self.provenance)

    @property
    def name(self) -> str:
        """A short printable label: the name in the directions file, or region and index (``mouth #0``)."""
        return shown.direction_name(self.provenance, self.index, self.given_name)

    def with_region(self, region: Region, resolution: tuple[int, int]) -> Direction:
        """A copy of the direction with a different region; see ``Directions.with_region``."""
        none = dict.fromkeys(("eigenvalue", "inside_rate", "outside_rate", "certificate"))
        facts = self.facts and self.facts.in_another_region()
        return replace(self, **none, **in_region(self.provenance, region, resolution), region=region, facts=facts)

    def without_region(self) -> Direction:
        """A copy without a region, for which no change is measured."""
        return replace(self, edit=None, protect=None, provenance=replace(self.provenance, segmenter=None))

    @property
    def follows_image(self) -> bool:
        """Whether the region follows the image: changes are then measured in the parts of each edited image."""
        return self.provenance.segmenter is not None

    @property
    def has_region(self) -> bool:
        """Whether a change can be measured: in stored weights, or in parts of the edited image."""
        return self.edit is not None or self.follows_image

    def on_images(self, images: Sequence[ImageParts]) -> Direction:
        """A copy whose region has the weights on these images, (h, w) of a single image, else (b, h, w); a fixed region remains.

        Raises:
            RegionError: an image lacks the parts to edit, or the file's region names a further file.
        """
        if not self.follows_image:
            return self
        return replace(self, **on_images(self.region or region_of(self.provenance), images))

    def check_fits(self, generator: BaseGenerator, code_space: str | None = None) -> str | None:
        """Check that the direction fits a generator; see ``Directions.check_fits``."""
        return check_fits(self.provenance, len(self.vector), generator, code_space)

    def __repr__(self) -> str:
        value = "" if self.eigenvalue is None else f", eigenvalue {self.eigenvalue:.4g}"
        return f"Direction({self.name!r}, {len(self.vector)} dimensions in {shown.space_of(self.provenance)}{value})"


@dataclass(frozen=True, eq=False)
class Directions:
    """An immutable sequence of directions for one region, best first, with their provenance and certificate.

    Attributes:
        vectors: (k, n) float32, unit rows. Rows of another length are normalised, and their lengths stored as
            ``provenance.steps``, as on import.
        eigenvalues: (k,) float64, or None where the method has none. Convention: both Gram matrices are means over output
            values (pixels x channels) of images in [-1, 1], and the ridge is part of the denominator.
        inside_rate, outside_rate: (k,) float64 or None: see Direction.
        codes: (b, n) float32, the analysed codes in ``provenance.code_space``, or None.
        edit, protect: (h, w) float32 weights of the region at the image's resolution, or None; of a region that follows the
            image the mean over the analysed images.
        certificate: how exact the eigenpairs are, or None where the method solves no eigenproblem.
        provenance: where they come from.
        facts: measured on edited images, one entry for each direction; None: nothing was measured.

    Arrays and lists are accepted for tensors.

    Raises:
        DirectionsError: shapes that do not agree, NaN, a row of zeros, or weights that are no region.
    """

    vectors: Vectors
    eigenvalues: Tensor | None = None
    inside_rate: Tensor | None = None
    outside_rate: Tensor | None = None
    codes: Latent | None = None
    edit: PixelWeights | None = None
    protect: PixelWeights | None = None
    certificate: Certificate | None = None
    provenance: Provenance = field(default_factory=Provenance)
    facts: tuple[DirectionFacts, ...] | None = None

    def __post_init__(self) -> None:
        given = {item.name: getattr(self, item.name) for item in fields(self)}
        for name, value in validated(**given).items():
            object.__setattr__(self, name, value)

    @property
    def residuals(self) -> Tensor | None:
        """Relative residuals of the eigenproblem, (k,) float64, from the certificate; None without a certificate."""
        found = () if self.certificate is None else self.certificate.residuals
        return torch.tensor(found, dtype=torch.float64) if found else None

    @property
    def status(self) -> str:
        """The certificate and the method's notes as text."""
        return shown.status(self.certificate, self.provenance)

    @property
    def dimensions(self) -> int:
        """The number n of dimensions: the size of the latent space, restricted to the edited layers."""
        return self.vectors.shape[1]

    def __len__(self) -> int:
        return len(self.vectors)

    @overload
    def __getitem__(self, index: int) -> Direction: ...

    @overload
    def __getitem__(self, index: slice) -> Directions: ...

    def __getitem__(self, index: int | slice) -> Direction | Directions:
        if isinstance(index, slice):
            return self.chosen(range(len(self))[index])
        try:
            place = operator.index(index)
        except TypeError:
            place = len(self)
        if not -len(self) <= place < len(self) or isinstance(index, bool):
            raise DirectionsError(f"Direction {printable(repr(index), 40)} does not exist; {self._numbered()}.")
        place %= len(self)
        names, steps = self.provenance.names, self.provenance.steps

        def at(values: Tensor | None) -> float | None:
            return None if values is None else float(values[place])

        return Direction(
            self.vectors[place],
            place,
            at(self.eigenvalues),
            at(self.inside_rate),
            at(self.outside_rate),
            self.edit,
            self.protect,
            self.provenance.of_all(),
            None if names is None else names[place],
            None if steps is None else steps[place],
            self.codes,
            None if self.certificate is None else self.certificate.chosen([place]),
            facts=None if self.facts is None else self.facts[place],
        )

    def _numbered(self) -> str:
        return f"choose from 0 to {len(self) - 1}" if len(self) > 1 else "the only direction is 0"

    def __iter__(self) -> Iterator[Direction]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"Directions({shown.summary(self)})"

    def _repr_html_(self) -> str:
        return shown.html(self)

    def check_fits(self, generator: BaseGenerator, code_space: str | None = None) -> str | None:
        """Refuse a generator whose spaces or sizes do not fit; return a warning if its weights differ, else None.

        Args:
            code_space: of the codes to move; default: that of the codes analysed.

        Raises:
            LatentError: these directions cannot be applied to the generator.
            UsageError: the generator does not have their layers.
        """
        return check_fits(self.provenance, self.dimensions, generator, code_space)

    def chosen(self, indices: Sequence[int]) -> Directions:
        """The directions with these indices (at least one), in this order.

        Raises:
            DirectionsError: no index, or one out of range.
        """
        at = [self[index].index for index in indices]
        if not at:
            raise DirectionsError(f"No direction is selected; {self._numbered()}.")
        parts: dict[str, Any] = {item.name: getattr(self, item.name) for item in fields(self)}
        for name in ("vectors", *OF_EACH):
            parts[name] = None if parts[name] is None else parts[name][at]
        if self.certificate is not None:
            parts["certificate"] = self.certificate.chosen(at)
        parts["facts"] = facts_of(self.facts, at)
        own = self.provenance
        parts["provenance"] = replace(
            own,
            names=own.names and tuple(own.names[i] for i in at),
            steps=own.steps and tuple(own.steps[i] for i in at),
        )
        return Directions(**parts)

    def renamed(self, names: str | Sequence[str] | Mapping[int, str]) -> Directions:
        """A copy with new names: one name per direction, one common name that is numbered (``smile #0``), or names by index.

        Args:
            names: of names by index, as ``{0: "smile"}``, the other directions keep theirs.

        Raises:
            DirectionsError: another count of names, an index out of range, or a name that is empty or long.
        """
        if isinstance(names, Mapping):
            listed = [one.name for one in self] if self.provenance.names is None else list(self.provenance.names)
            for index, name in names.items():
                listed[self[index].index] = name
            checked = list(names.values())
        else:
            listed = [f"{names} #{i}" for i in range(len(self))] if isinstance(names, str) else list(names)
            checked = [names] if isinstance(names, str) else listed
        for name in checked:
            check_name(name)
        return replace(self, provenance=replace(self.provenance, names=tuple(listed)))

    def with_region(self, region: Region, resolution: tuple[int, int]) -> Directions:
        """A copy with a different region for measuring and calibrating edits; figures for the previous region are dropped.

        Args:
            resolution: (height, width) of the generator's images.

        Raises:
            RegionError: the region is empty or covers everything at this size.
        """
        none = dict.fromkeys((*OF_EACH, "certificate"))
        facts = facts_in_another_region(self.facts)
        return replace(self, **none, **in_region(self.provenance, region, resolution), facts=facts)

    def save(self, path: str | Path, *, format: str | None = None, generator: Generator | None = None) -> None:
        """Write the directions to a file: ``.safetensors`` with all data, or the format of another tool.

        Args:
            format: npy (the bare (k, n) array), w+, interfacegan, ganspace, rosinality or stylespace: docs/how-to/other_tools.md.
            generator: the model, for formats that need its sizes (w+, stylespace).
        """
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
        """Read a ``.safetensors`` file from resefa, or a file from another tool (docs/how-to/other_tools.md), detected by content.

        Args:
            space, layers: of the directions, where another tool's file does not state them; a bare array without a generator is of Z.
            generator: the model of the directions, which settles what a shape means.

        Raises:
            DirectionsError: missing, damaged, or of another layout.
        """
        return cls.of(open_directions(path), space, layers, generator, default="Z")

    @classmethod
    def of(
        cls,
        opened: OpenedFile,
        space: str | None = None,
        layers: str | None = None,
        generator: Generator | None = None,
        default: str | None = None,
    ) -> Directions:
        """Build the directions from an opened file; the model may be needed to interpret the file.

        Args:
            default: the space of a bare array; None: refuse the file where neither the user nor the model settles it.

        Raises:
            DirectionsError: the file leaves the space open, or disagrees with ``space`` and ``layers``.
        """
        content = opened.fields(space, layers, generator, default)
        try:
            return cls(**content)
        except DirectionsError as error:
            raise DirectionsError(f"{opened.name}: {error}") from error
