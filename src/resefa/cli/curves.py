"""Curved edits of ``resefa edit``: paths that are followed now or read from a file, and straight lines beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from resefa.errors import UsageError

if TYPE_CHECKING:
    from resefa.editing.composition import Composition
    from resefa.generators.base import BaseGenerator
    from resefa.latents.code import LatentCode
    from resefa.paths.edit_paths import EditPaths
    from resefa.presentation.sweep import Sweep
    from resefa.runtime.progress import Progress


@dataclass(frozen=True)
class Curves:
    """The options of curved edits.

    Attributes:
        curved: whether paths are followed.
        paths: file in which followed paths are saved.
        hold: terms of features that the paths hold, in addition to those of the direction.
        max_products: the most JVPs and VJPs for each path.
        with_straight: whether straight edits are shown below the curved ones.
    """

    curved: bool = False
    paths: Path | None = None
    hold: tuple[str, ...] = ()
    max_products: int | None = None
    with_straight: bool = False

    def check(self, saved: bool) -> None:
        """Refuse options without effect, and a file that cannot be written, before any work.

        Args:
            saved: whether the directions of the command are paths from a file.

        Raises:
            UsageError: an option without effect.
            OutputError, DirectionsError: the file for the paths cannot be written.
        """
        from resefa.paths.file_format import check_paths_output

        if self.curved and saved:
            raise UsageError("--curved does not apply to a file of paths, which are curved already; omit --curved.")
        options = (("--paths", self.paths), ("--hold", self.hold or None), ("--max-products", self.max_products))
        for option, given in options:
            if given is not None and not self.curved:
                raise UsageError(f"{option} needs --curved; add --curved, or omit {option}.")
        if self.with_straight and not (self.curved or saved):
            raise UsageError(
                "--with-straight needs --curved or a file of paths; add --curved, or omit --with-straight."
            )
        if self.paths is not None:
            check_paths_output(self.paths)

    def followed(
        self, generator: BaseGenerator, code: LatentCode | None, composition: Composition, wanted: Wanted
    ) -> Composition:
        """The edit with its direction replaced by followed paths, which are saved if the user asked for it.

        Raises:
            UsageError: several directions move.
        """
        from resefa.discovery.objectives.vary_hold import vary_hold
        from resefa.editing.composition import Composition
        from resefa.paths.follow import follow

        if len(composition.moves) != 1:
            raise UsageError(
                f"--curved follows one direction, but {len(composition.moves)} move together; give one --direction, and others with --with."
            )
        ((direction, factor),) = composition.moves
        found = follow(
            generator, code, direction, change=wanted.change, largest=abs(factor) * wanted.largest, region=wanted.region,
            objective=vary_hold(hold=(*(direction.provenance.hold or ()), *self.hold)) if self.hold else None, max_products=self.max_products, progress=wanted.progress,
        )  # fmt: skip
        if self.paths is not None:
            found.save(self.paths)
        for sentence in certificates(found):
            wanted.announce(sentence)
        return Composition(((found, factor),), composition.held)

    def beside(
        self, generator: BaseGenerator, code: LatentCode | None, composition: Composition, wanted: Wanted
    ) -> Composition:
        """The edit along straight lines with the same changes inside."""
        from resefa.editing.composition import Composition
        from resefa.paths.edit_paths import EditPaths
        from resefa.paths.straight import straight_paths

        ((direction, factor),) = composition.moves
        assert isinstance(direction, EditPaths)
        line = straight_paths(
            generator, direction.code if code is None else code, direction.straight, change=wanted.change,
            largest=abs(factor) * wanted.largest,
        )  # fmt: skip
        return Composition(((line, factor),), composition.held)


@dataclass(frozen=True)
class Wanted:
    """The edit that paths are followed for.

    Attributes:
        change: mean squared change inside of strength 1.
        strengths: to be shown.
        region: where the change is measured, as text; None: the directions' region.
        progress: callback for the work.
        announce: callback for sentences.
    """

    change: float
    strengths: Sequence[float]
    region: str | None
    progress: Progress | None
    announce: Callable[[str], None]

    @property
    def largest(self) -> float:
        """The largest absolute strength, or 1 if all are 0."""
        return max(map(abs, self.strengths)) or 1.0


def sweeps_beside(curved: Sequence[Sweep], straight: Sequence[Sweep]) -> list[Sweep]:
    """Sweeps of the same codes in turn: the curved one of each code, then the straight one."""
    return [sweep for pair in zip(curved, straight, strict=True) for sweep in pair]


def certificates(paths: EditPaths) -> list[str]:
    """A sentence on the path of each code."""
    code = paths.code
    return [f"{code.label(i)}: {one.certificate.sentence()}." for i, one in enumerate(paths.paths)]
