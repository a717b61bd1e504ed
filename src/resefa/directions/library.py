"""``resefa.NamedDirections``: the named directions of a model, found by the fingerprint of its weights."""

from __future__ import annotations

import difflib
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from resefa.area_average import area_average_weights
from resefa.directions.direction_names import checked_name, file_stem, name_key
from resefa.directions.directions import Direction, Directions
from resefa.directions.file_format import ENDING
from resefa.directions.fitting import region_of
from resefa.errors import DirectionsError, RegionError, ResefaWarning, parameter, printable
from resefa.files.input_file import user_path
from resefa.generators.completed import as_generator
from resefa.zoo.store import EMBEDDED, alone, data_folder, writing

if TYPE_CHECKING:
    from resefa.generators.base import BaseGenerator
    from resefa.generators.protocol import Generator
    from resefa.regions.region import Region
    from resefa.regions.weights import RegionWeights

SHIPPED = EMBEDDED / "directions"
"""Named directions that are part of resefa, a folder for each model."""

_DIGEST = re.compile(r"[0-9a-f]{32,64}")
_COARSE, _ALIKE = 8, 0.25
"""Two sizes of a region mark the same part if their averages over 8 x 8 fields differ by less."""


class NamedDirection(NamedTuple):
    """A file of the library.

    Attributes:
        name: of the direction.
        path: of the file.
        shipped: whether the direction is part of resefa.
        direction: its content.
    """

    name: str
    path: Path
    shipped: bool
    direction: Direction


class NamedDirections(Mapping[str, Direction]):
    """The named directions of a model: a mapping from name to direction, stored in a folder for the model's weights.

    Names that differ only in case are one name. Directions that are part of resefa have lower priority than the user's with the same name.

    Args:
        generator: the model; its fingerprint chooses the folder.
        folder: of the libraries of all models; default ``directions`` in resefa's data folder (``RESEFA_HOME`` if set).

    Example:
        ```python
        library = resefa.NamedDirections(generator)
        library.add("smile", directions[0])
        images = resefa.edit(generator, code, library["smile"], [-1, 0, 1], change=0.05)
        ```
    """

    def __init__(self, generator: Generator, folder: str | Path | None = None) -> None:
        self._generator = as_generator(generator)
        self._all = data_folder() / "directions" if folder is None else user_path(folder)

    @property
    def folder(self) -> Path:
        """The folder of the model's directions, present or not."""
        return self._all / _folder_name(self._generator)

    def __getitem__(self, name: str) -> Direction:
        """The direction with this name, its region marked at the resolution of the model.

        Raises:
            DirectionsError: no direction of the model has this name, or its file is damaged.
        """
        # Not a KeyError, whose message Python shows in quotation marks.
        path = self._path(name)
        if path is None:
            raise DirectionsError(self._unknown(name))
        return _completed(_read(path).direction, self._generator)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._path(name) is not None

    def __iter__(self) -> Iterator[str]:
        return (one.name for one in self.listed())

    def __len__(self) -> int:
        return len(self.listed())

    def __repr__(self) -> str:
        return f"NamedDirections({self._generator.name!r}: {', '.join(self) or 'none'})"

    def path_of(self, name: str) -> Path:
        """The file of the user's direction with this name, present or not.

        Raises:
            DirectionsError: not a valid name.
        """
        return self.folder / f"{file_stem(name)}{ENDING}"

    def listed(self) -> list[NamedDirection]:
        """The files of the model, sorted by name.

        Warns:
            ResefaWarning: a file that is damaged, which is left out.
        """
        found = {name_key(one.name): one for one in _listed(SHIPPED / _folder_name(self._generator), shipped=True)}
        found |= {name_key(one.name): one for one in _listed(self.folder, shipped=False)}
        return [found[key] for key in sorted(found)]

    def add(self, name: str, direction: Direction, *, replace: bool = False) -> Path:
        """Store a direction under a name; returns the path of its file.

        A region that its text describes completely is stored as text, so that it fits a model with images of another size.

        Args:
            replace: whether to replace the user's direction with this name; directions that are part of resefa are only hidden.

        Raises:
            DirectionsError: not a valid name, or one that is in use.
            LatentError: the direction does not fit the model.
            OutputError: the folder cannot be written.

        Warns:
            ResefaWarning: the direction was found on other weights than the model's.
        """
        name = checked_name(name)
        if warning := direction.check_fits(self._generator):
            warnings.warn(warning, ResefaWarning, stacklevel=2)
        path = self.path_of(name)
        content = _as_directions(_compact(direction), name)
        with alone(self._all / ".lock"):
            if path.exists() and not replace:
                raise DirectionsError(
                    f"{self._generator.name} already has a direction named {printable(name, 60)!r}; choose another name, or replace it with "
                    f"{parameter('replace', True)}."
                )
            content.save(path)
        return path

    def remove(self, name: str) -> None:
        """Delete the user's direction with this name.

        Raises:
            DirectionsError: the model has no direction with this name, or the direction is part of resefa.
            OutputError: the folder cannot be written.
        """
        with alone(self._all / ".lock"):
            path = self._path(name)
            if path is None:
                raise DirectionsError(self._unknown(name))
            if path.is_relative_to(SHIPPED):
                raise DirectionsError(
                    f"{printable(name, 60)!r} is part of resefa and cannot be removed; a direction that you add under this name hides it."
                )
            with writing(path):
                path.unlink()

    def _path(self, name: str) -> Path | None:
        """The file of a name: the user's, else that which is part of resefa."""
        user = self.path_of(name)
        places = (user, SHIPPED / user.parent.name / user.name)
        return next((path for path in places if path.is_file()), None)

    def _unknown(self, name: str) -> str:
        """The message for a name that the model does not have: similar names, or models that have it."""
        model, shown = self._generator.name, printable(name, 60)
        said = f"{model} has no direction named {shown!r}"
        present = {name_key(one): one for one in self}
        if near := difflib.get_close_matches(name_key(name), present, 3):
            return f"{said}; did you mean {' or '.join(present[key] for key in near)}?"
        for other in self._models_with(name):
            if other == model:
                return f"{said} for its present weights; a direction with this name was stored for other weights of {model}: discover it again."
            return f"{said}; {printable(other, 60)} has; `resefa directions list {model}` shows the names of {model}."
        known = f"choose one of {', '.join(present.values())}" if present else "it has no named directions"
        return f"{said}; {known}, or store one with `resefa directions add {model} FILE INDEX=NAME`."

    def _models_with(self, name: str) -> Iterator[str]:
        """The models of the other folders that have a direction with this name."""
        for folder in (self._all, SHIPPED):
            for path in sorted(folder.glob(f"*/{file_stem(name)}{ENDING}")):
                if path.parent.name != _folder_name(self._generator):
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore", ResefaWarning)
                        yield from (
                            one.direction.provenance.model for one in _listed(path.parent, False) if one.path == path
                        )


def named_by_model(folder: str | Path | None = None) -> dict[str, list[NamedDirection]]:
    """Every named direction, the user's and resefa's: fingerprint of the weights -> directions, sorted by name.

    Args:
        folder: as in ``NamedDirections``.
    """
    user = data_folder() / "directions" if folder is None else user_path(folder)
    found: dict[str, list[NamedDirection]] = {}
    for home, shipped in ((SHIPPED, True), (user, False)):
        for place in sorted(home.iterdir()) if home.is_dir() else ():
            if place.is_dir() and (listed := _listed(place, shipped)):
                known = {name_key(one.name): one for one in [*found.get(place.name, []), *listed]}
                found[place.name] = [known[key] for key in sorted(known)]
    return found


def _folder_name(generator: BaseGenerator) -> str:
    """The fingerprint, without the resolution of a view of the same weights."""
    fingerprint = generator.fingerprint.partition("@")[0]
    return fingerprint if _DIGEST.fullmatch(fingerprint) else file_stem(fingerprint or "unknown")


def _listed(folder: Path, shipped: bool) -> list[NamedDirection]:
    found: list[NamedDirection] = []
    for path in sorted(folder.glob(f"*{ENDING}")) if folder.is_dir() else ():
        if path.name.startswith("."):  # an incomplete write
            continue
        try:
            found.append(_read(path)._replace(shipped=shipped))
        except DirectionsError as error:
            warnings.warn(f"{path} is left out: {error}", ResefaWarning, stacklevel=3)
    return found


def _read(path: Path) -> NamedDirection:
    found = Directions.load(path)
    direction = found[0]
    name = direction.given_name or ""
    if len(found) != 1 or file_stem(name or path.stem) != path.name.removesuffix(ENDING):
        raise DirectionsError(
            f"{path} is not a file of the named directions; remove it, or add its directions with `resefa directions add`."
        )
    return NamedDirection(name, path, False, direction)


def _as_directions(direction: Direction, name: str) -> Directions:
    """A file of one direction, without the analysed codes: a named direction is for any image."""
    parts: dict[str, Any] = {"vectors": direction.vector[None], "edit": direction.edit, "protect": direction.protect}
    for many, one in (("eigenvalues", "eigenvalue"), ("inside_rate", "inside_rate"), ("outside_rate", "outside_rate")):
        value = getattr(direction, one)
        parts[many] = None if value is None else torch.tensor([value], dtype=torch.float64)
    steps = None if direction.step is None else (direction.step,)
    parts["provenance"] = replace(direction.provenance, names=(name,), steps=steps)
    parts["certificate"], parts["facts"] = direction.certificate, direction.facts and (direction.facts,)
    return Directions(**parts)


def _compact(direction: Direction) -> Direction:
    """A copy without the region's weights, where the region's text gives the same weights."""
    edit, protect = direction.edit, direction.protect
    if edit is None or protect is None or direction.follows_image:
        return replace(direction, edit=None, protect=None)
    region = _region(direction)
    if region is None:
        return direction
    weights = region.weights(*edit.shape)
    same = _close(weights.edit, edit) and _close(weights.protect, protect)
    return replace(direction, edit=None, protect=None) if same else direction


def _completed(direction: Direction, generator: BaseGenerator) -> Direction:
    """A copy with the weights of a region that is stored as text, at the model's resolution if the text fits that size."""
    region = _region(direction)
    if direction.has_region or region is None:
        return direction
    size = (generator.resolution[0], generator.resolution[1])
    found_on = direction.provenance.resolution or size
    weights = region.weights(*found_on)
    if found_on != size and (rescaled := _rescaled(region, weights, size)) is not None:
        found_on, weights = size, rescaled
    provenance = replace(direction.provenance, resolution=found_on)
    return replace(direction, edit=weights.edit.float(), protect=weights.protect.float(), provenance=provenance)


def _rescaled(region: Region, weights: RegionWeights, size: tuple[int, int]) -> RegionWeights | None:
    """The region's weights at another size; None for a region in pixels, which marks a different part there."""
    try:
        found = region.weights(*size)
    except RegionError:
        return None
    coarse = [area_average_weights(one.edit, _COARSE, _COARSE) for one in (weights, found)]
    return found if float((coarse[0] - coarse[1]).abs().max()) < _ALIKE else None


def _region(direction: Direction) -> Region | None:
    """The fixed region that the text describes; None without text, or where the text names a file."""
    if not direction.provenance.region or direction.follows_image:
        return None
    try:
        return region_of(direction.provenance)
    except RegionError:
        return None


def _close(weights: Tensor, stored: Tensor) -> bool:
    return torch.allclose(weights.to(stored), stored, atol=1e-6)
