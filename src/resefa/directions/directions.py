"""The result of discovery, and the seam between what finds directions and what uses them."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from torch import Tensor

from resefa.directions import checked, shown
from resefa.directions.provenance import Provenance
from resefa.errors import DirectionsError, LatentError, printable
from resefa.types import Latent, PixelWeights, Vectors

if TYPE_CHECKING:
    from resefa.generators.base import BaseGenerator
    from resefa.generators.protocol import Generator
    from resefa.regions.region import Region


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
        provenance: of the file it belongs to, without what that says of each direction.
        given_name: what its maker calls it, or None.
        step: the strength that is 1 in the tool it was imported from; None: 1 there is 1 here.
        codes: (b, n) float32, the codes that were analysed, or None; of ``provenance.code_space``.
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

    @property
    def name(self) -> str:
        """For labels, short and all of it visible: what its maker calls it, else ``mouth #0``."""
        return shown.direction_name(self.provenance, self.index, self.given_name)

    def with_region(self, region: Region, resolution: tuple[int, int]) -> Direction:
        """The same direction with another region; see ``Directions.with_region``."""
        none = dict.fromkeys(("eigenvalue", "inside_rate", "outside_rate"))
        return replace(self, **none, **_in_region(self.provenance, region, resolution))

    def check_fits(self, generator: BaseGenerator, code_space: str | None = None) -> str | None:
        """As ``Directions.check_fits``."""
        return check_fits(self.provenance, len(self.vector), generator, code_space)

    def __repr__(self) -> str:
        value = "" if self.eigenvalue is None else f", eigenvalue {self.eigenvalue:.4g}"
        return f"Direction({self.name!r}, {len(self.vector)} dimensions in {shown.space_of(self.provenance)}{value})"


@dataclass(frozen=True, eq=False)
class Directions:
    """Directions of one region, best first. Frozen; ``directions[i]`` is one of them, ``directions[:3]`` the first three.

    Attributes:
        vectors: (k, n) float32, unit rows. Rows of another length are brought to 1, and their lengths kept as
            ``provenance.steps``, as on import.
        eigenvalues: (k,) float64 or None where the finder has none. Convention: both Gram matrices are means over output
            values (pixels x channels) of images in [-1, 1], and the ridge is part of the denominator.
        residuals: (k,) float64 or None: relative residual of the eigenproblem.
        inside_rate, outside_rate: (k,) float64 or None: see Direction.
        codes: (b, n) float32, the codes that were analysed, or None; of ``provenance.code_space``.
        edit, protect: (h, w) float32 weights of the region at the image's resolution, or None.
        provenance: where they come from.

    Arrays and lists are taken where tensors are listed.

    Raises:
        DirectionsError: shapes that do not agree, NaN, a row of zeros, or weights that are no region.
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
        given = {item.name: getattr(self, item.name) for item in fields(self)}
        for name, value in checked.sound(**given).items():
            object.__setattr__(self, name, value)

    @property
    def dimensions(self) -> int:
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
            raise DirectionsError(f"There is no direction {printable(repr(index), 40)}; {self._numbered()}.")
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
        )

    def _numbered(self) -> str:
        return f"there are {len(self)}, numbered 0 to {len(self) - 1}" if len(self) > 1 else "there is one, number 0"

    def __iter__(self) -> Iterator[Direction]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"Directions({shown.summary(self)})"

    def _repr_html_(self) -> str:
        return shown.html(self)

    def check_fits(self, generator: BaseGenerator, code_space: str | None = None) -> str | None:
        """Refuse a generator of another space or size; return one sentence of warning for other weights, None otherwise.

        Args:
            code_space: of the codes to move; default: that of the codes analysed.

        Raises:
            LatentError: these directions cannot be applied to the generator.
            UsageError: the generator does not have their layers.
        """
        return check_fits(self.provenance, self.dimensions, generator, code_space)

    def chosen(self, indices: Sequence[int]) -> Directions:
        """Some of them, one at least, in this order.

        Raises:
            DirectionsError: none, or one that there is not.
        """
        at = [self[index].index for index in indices]
        if not at:
            raise DirectionsError(f"No direction was chosen; {self._numbered()}.")
        parts = {item.name: getattr(self, item.name) for item in fields(self)}
        for name in ("vectors", "eigenvalues", "residuals", "inside_rate", "outside_rate"):
            parts[name] = None if parts[name] is None else parts[name][at]
        own = self.provenance
        facts = {
            "names": own.names and tuple(own.names[i] for i in at),
            "steps": own.steps and tuple(own.steps[i] for i in at),
        }
        return Directions(**parts | {"provenance": replace(own, **facts)})

    def renamed(self, names: str | Sequence[str]) -> Directions:
        """The same under other names: one name each, or one for all, which are then numbered (``smile #0``).

        Raises:
            DirectionsError: another count of names, or one that is empty or long.
        """
        listed = [f"{names} #{i}" for i in range(len(self))] if isinstance(names, str) else list(names)
        for name in [names] if isinstance(names, str) else listed:
            checked.check_name(name)
        return replace(self, provenance=replace(self.provenance, names=tuple(listed)))

    def with_region(self, region: Region, resolution: tuple[int, int]) -> Directions:
        """The same with a region, inside which changes are then measured and calibrated; figures of an earlier region go.

        Args:
            resolution: (height, width) of the generator's images.

        Raises:
            RegionError: the region is empty or covers everything at this size.
        """
        none = dict.fromkeys(("eigenvalues", "residuals", "inside_rate", "outside_rate"))
        return replace(self, **none, **_in_region(self.provenance, region, resolution))

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


def _in_region(provenance: Provenance, region: Region, resolution: tuple[int, int]) -> dict[str, Any]:
    """Weights and provenance of directions in another region."""
    weights = region.weights(*resolution)
    described = replace(
        provenance,
        region=region.text,
        protect=region.protect_text,
        ignore=region.ignore_text,
        resolution=tuple(resolution),
    )
    return {"edit": weights.edit, "protect": weights.protect, "provenance": described}


def check_fits(
    provenance: Provenance, dimensions: int, generator: BaseGenerator, code_space: str | None = None
) -> str | None:
    """As ``Directions.check_fits``, of directions of this provenance and size."""
    found_on = printable(provenance.model, 60)
    space, name = provenance.space, generator.name
    advice = f"use {found_on}, the model of the directions" if found_on else "use the model of the directions"
    if space not in generator.spaces:
        raise LatentError(
            f"The directions lie in {printable(space, 20)}, but {name} has {' and '.join(generator.spaces)}; {advice}."
        )
    motion = generator.motion(space, provenance.layers, code_space or provenance.code_space or space)
    if dimensions != motion.dimensions:
        raise LatentError(
            f"The directions have {dimensions} dimensions in {space}, but {name} has {motion.dimensions}; {advice}."
        )
    # Text after an @ names the resolution at which a view of the same weights ends.
    recorded, present = (mark.partition("@")[0] for mark in (provenance.fingerprint, generator.fingerprint))
    if recorded and recorded != present:
        return (
            f"The directions were found on {found_on or 'a model'} with other weights than those of {name}, so that they may have "
            "another effect."
        )
    return None
