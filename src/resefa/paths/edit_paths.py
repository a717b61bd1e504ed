"""``EditPaths``: one path for each of several codes, with the direction that they follow. Edits take them as a direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from resefa.directions.directions import Direction
from resefa.editing.curved import CurvedDirection
from resefa.editing.strength import DEFAULT_CHANGE, check_change
from resefa.errors import DirectionsError, LatentError, UsageError, parameter
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode
from resefa.paths.edit_path import EditPath, PathStrengths
from resefa.version import VERSION

if TYPE_CHECKING:
    from resefa.regions.image_parts import ImageParts
    from resefa.regions.region import Region

_SAME_CODE = 1e-4
"""Largest relative distance of a code from the stored code: conversion on another machine rounds differently."""
_STRAIGHT = 1e-4
"""Largest distance of the nodes from the direction's line, relative to their distance from the code, of a straight path."""
_NAMED = 3


@dataclass(frozen=True, eq=False, repr=False)
class EditPaths(CurvedDirection):
    """Paths that follow one direction from several codes and leave the rest of each image unchanged.

    ``resefa.edit``, ``Sweep`` and ``Composition`` take it in place of a direction. Strength s moves to the place where the
    root-mean-square change inside is ``|s|`` times that of strength 1. The other attributes are those of ``Direction``.

    Attributes:
        paths: one for each of ``codes``.
        change: the mean squared change inside for which the paths were followed; that of strength 1, unless an edit names another.
        is_straight: whether the paths are straight lines, as those of ``straight_paths``.

    Raises:
        DirectionsError: paths and codes that do not agree.
    """

    paths: tuple[EditPath, ...] = ()
    change: float = DEFAULT_CHANGE

    def __post_init__(self) -> None:
        count = 0 if self.codes is None else len(self.codes)
        if not self.paths or len(self.paths) != count:
            raise DirectionsError(
                f"{len(self.paths)} paths and {count} latent codes were given; expected one path for each code."
            )
        for one in self.paths:
            if one.dimensions != len(self.vector):
                raise DirectionsError(
                    f"A path has {one.dimensions} dimensions, but its direction has {len(self.vector)}."
                )
        check_change(self.change)
        vector = self.vector.double()
        steps = torch.cat([one.steps for one in self.paths]).double()
        beside = steps - (steps @ vector)[:, None] * vector
        object.__setattr__(self, "is_straight", bool(beside.norm() <= _STRAIGHT * steps.norm()))

    is_straight: bool = field(init=False, default=False)

    @classmethod
    def of(
        cls, direction: Direction, generator: BaseGenerator, code: LatentCode, paths: Sequence[EditPath], change: float
    ) -> EditPaths:
        """The paths of a direction that was fitted to a generator, with the provenance of this generator and these codes."""
        conditions = generator.conditions
        provenance = replace(
            direction.provenance,
            model=generator.name,
            fingerprint=generator.fingerprint,
            code_space=code.space,
            truncation=conditions.truncation,
            cutoff=conditions.cutoff,
            label=conditions.label,
            noise=str(conditions.noise),
            seeds=code.seeds,
            resolution=generator.resolution,
            version=VERSION,
        )
        return cls(
            direction.vector.detach().cpu().float(),
            direction.index,
            direction.eigenvalue,
            direction.inside_rate,
            direction.outside_rate,
            direction.edit,
            direction.protect,
            provenance,
            direction.given_name,
            codes=code.values.detach().cpu().float(),
            paths=tuple(paths),
            change=change,
        )

    @property
    def name(self) -> str:
        """The name of the direction and the form of the paths: ``mouth #0, curved``."""
        return f"{super().name}, {'straight' if self.is_straight else 'curved'}"

    @property
    def straight(self) -> Direction:
        """The direction that the paths begin with."""
        return Direction(
            self.vector,
            self.index,
            self.eigenvalue,
            self.inside_rate,
            self.outside_rate,
            self.edit,
            self.protect,
            self.provenance,
            self.given_name,
            codes=self.codes,
            region=self.region,
        )

    @property
    def code(self) -> LatentCode:
        """The codes at which the paths begin."""
        assert self.codes is not None
        origin = self.provenance
        seeds = origin.seeds if origin.seeds is not None and len(origin.seeds) == len(self.codes) else None
        return LatentCode(self.codes, origin.code_space or origin.space, seeds)

    def chosen(self, indices: Sequence[int]) -> EditPaths:
        """The paths with these indices, in this order."""
        code, seeds = self.code, self.provenance.seeds
        return replace(
            self,
            codes=code.values[list(indices)],
            paths=tuple(self.paths[i] for i in indices),
            provenance=replace(self.provenance, seeds=seeds and tuple(seeds[i] for i in indices)),
        )

    def with_region(self, region: Region, resolution: tuple[int, int]) -> EditPaths:
        """Refuse a different region: strengths along the paths are changes inside the region for which they were followed.

        Raises:
            UsageError: always.
        """
        raise UsageError(
            f"The strengths of {self.name} are changes inside its region {self.provenance.region}; omit {parameter('region')}, or follow the direction again in that region."
        )

    def on_images(self, images: Sequence[ImageParts]) -> EditPaths:
        """A copy whose region has the weights on these images; see ``Direction.on_images``."""
        found = self.straight.on_images(images)
        return replace(self, edit=found.edit, protect=found.protect)

    def on_codes(self, generator: BaseGenerator, code: LatentCode) -> EditPaths:
        """The paths of these codes, in this order.

        Raises:
            LatentError: a code without a path.
        """
        places = self._places(generator, code)
        if missing := [code.label(i) for i, place in enumerate(places) if place is None]:
            mine = self.code
            listed = ", ".join(mine.label(i) for i in range(min(len(mine), _NAMED)))
            more = ", ..." if len(mine) > _NAMED else ""
            raise LatentError(
                f"{self.name} has no path for {', '.join(missing[:_NAMED])}{', ...' if len(missing) > _NAMED else ''}, only for {listed}{more}; edit these images, or follow the direction from the others too."
            )
        return self.chosen([place for place in places if place is not None])

    def curve_facts(self) -> dict[str, Any]:
        """The path of one code as plain data: ends, reasons, and certificate."""
        path = self._one()
        return {
            "nodes": len(path),
            "ends": {"-": path.end(-1), "+": path.end(1)},
            "reasons": {"-": path.reason(-1), "+": path.reason(1)},
            "certificate": path.certificate.as_dict(),
        }

    def _places(self, generator: BaseGenerator, code: LatentCode) -> list[int | None]:
        """The index of the path of each code; None for a code without a path."""
        mine = self.code
        values = generator.convert(code, mine.space).values.detach().cpu().double()
        if values.shape[1] != mine.values.shape[1]:
            return [None] * len(code)
        distances = torch.cdist(values, mine.values.double())
        nearest = distances.argmin(1)
        return [
            int(place) if float(row[place]) <= _SAME_CODE * float(1 + own.norm()) else None
            for row, place, own in zip(distances, nearest, values, strict=True)
        ]

    def change_of(self, change: float | None) -> float:
        """The mean squared change of strength 1: the given change, else that for which the paths were followed."""
        if change is None:
            return self.change
        check_change(change)
        return change

    def strengths(self, change: float) -> PathStrengths:
        """The places of strengths on the path of one code."""
        return self._one().strengths(change)

    def displacements(self, places: Tensor) -> Tensor:
        """The displacements (s, n) from the code at places (s,) on the path of one code."""
        return self._one().displacements(places)

    def _one(self) -> EditPath:
        if len(self.paths) != 1:
            raise UsageError(f"{self.name} has {len(self.paths)} paths; choose one, for example with chosen([0]).")
        return self.paths[0]

    def save(self, path: str | Path) -> None:
        """Write the paths to a ``.safetensors`` file, from which edits need no derivative.

        Raises:
            DirectionsError: another file ending.
            OutputError: the file cannot be written.
        """
        from resefa.paths.file_format import save_paths

        save_paths(self, path)

    @classmethod
    def load(cls, path: str | Path) -> EditPaths:
        """Read a file written by ``save``.

        Raises:
            DirectionsError: missing, damaged, or of another kind.
        """
        from resefa.paths.file_format import load_paths

        return load_paths(path)

    def __repr__(self) -> str:
        count = len(self.paths)
        return f"EditPaths({count} path{'s' * (count > 1)} along {super().name!r}, {len(self.vector)} dimensions in {self.provenance.space})"
