"""The directions that ``resefa edit`` applies: of a file, of further files at fixed strengths, and named directions of the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from resefa.cli.arguments import parse_direction, parse_fixed_edit, parse_named_direction
from resefa.errors import UsageError

if TYPE_CHECKING:
    from resefa.directions.directions import Direction
    from resefa.directions.storage import OpenedFile
    from resefa.editing.composition import Composition
    from resefa.generators.base import BaseGenerator
    from resefa.paths.edit_paths import EditPaths

NAMED_SEEDS = "0-3"
"""Images that named directions edit if the user chooses none."""


@dataclass(frozen=True)
class ChosenDirections:
    """The directions of one edit, read before the model is opened, which may take long.

    Attributes:
        file: the directions file, the paths of a paths file, or None.
        moves: index and factor of each direction of the file that moves.
        held: further files, each with the index and the fixed strength of a direction.
        named: name and strength of each named direction; None where the user gave no strength.
    """

    file: OpenedFile | EditPaths | None
    moves: tuple[tuple[int, float], ...]
    held: tuple[tuple[OpenedFile, int, float], ...]
    named: tuple[tuple[str, float | None], ...]

    @classmethod
    def of(
        cls, file: Path | None, indices: Sequence[str], held: Sequence[str], named: Sequence[str]
    ) -> ChosenDirections:
        """Read the options DIRECTIONS, ``--direction``, ``--with`` and ``--named``.

        Raises:
            UsageError: no direction at all, ``--direction`` without a file, or a name that is given twice.
            DirectionsError: a file cannot be read.
        """
        from resefa.directions.direction_names import name_key
        from resefa.directions.storage import open_directions
        from resefa.paths.edit_paths import EditPaths
        from resefa.paths.file_format import is_paths_file

        names = tuple(map(parse_named_direction, named))
        if file is None and not names:
            raise UsageError(
                "No direction is given; give a directions file, or --named with a name that `resefa directions list` shows."
            )
        if file is None and indices:
            raise UsageError("--direction needs a directions file; give the file, or omit --direction.")
        keys = [name_key(name) for name, _ in names]
        if twice := [name for i, (name, _) in enumerate(names) if keys[i] in keys[:i]]:
            raise UsageError(f"--named {twice[0]} is given twice; give each name once.")
        chosen = () if file is None else tuple(map(parse_direction, indices or ["0"]))
        saved = file is not None and is_paths_file(file)
        if saved and [index for index, _ in chosen] != [0]:
            raise UsageError(f"{file} contains the paths of one direction; omit --direction.")
        return cls(
            None if file is None else EditPaths.load(file) if saved else open_directions(file),
            chosen,
            tuple((open_directions(place), index, amount) for place, index, amount in map(parse_fixed_edit, held)),
            names,
        )

    @property
    def saved_paths(self) -> EditPaths | None:
        """The paths of a paths file; None for directions."""
        from resefa.paths.edit_paths import EditPaths

        return self.file if isinstance(self.file, EditPaths) else None

    def strengths(self, calibrated: bool) -> str:
        """The default of ``--strengths``; from the original to the strengths of the names, if the user gave them and nothing else."""
        if self.named and not self.moves and all(strength is not None for _, strength in self.named):
            return "0:1:3"
        return "-1.5:1.5:7" if calibrated or self.saved_paths is not None else "-3:3:7"

    def composition(self, generator: BaseGenerator) -> Composition:
        """The edit, with the model's named directions after those of the file.

        Raises:
            DirectionsError: a file does not fit the model, or the model has no direction with a name.
        """
        from resefa.directions.directions import Directions
        from resefa.directions.library import NamedDirections
        from resefa.editing.composition import Composition

        moves: list[tuple[Direction, float]] = []
        if self.saved_paths is not None:
            moves = [(self.saved_paths, factor) for _, factor in self.moves]
        elif self.file is not None:
            found = Directions.of(cast("OpenedFile", self.file), generator=generator)
            moves = [(found[index], factor) for index, factor in self.moves]
        library = NamedDirections(generator)
        moves += [(library[name], 1.0 if strength is None else strength) for name, strength in self.named]
        held = [(Directions.of(file, generator=generator)[index], amount) for file, index, amount in self.held]
        return Composition(tuple(moves), tuple(held))
