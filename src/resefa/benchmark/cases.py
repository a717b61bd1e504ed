"""The cases of the benchmark: each method in each space in which it is measured, at its best published settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from resefa.comparison.experiment import Method
from resefa.comparison.report.method_styles import OURS, style_of
from resefa.errors import UsageError, printable
from resefa.methods.registry import method_name


@dataclass(frozen=True)
class Case:
    """A method in a space.

    Attributes:
        method: its name in the registry of methods.
        space: latent space of its directions.
        options: of the method.
        curved: whether the first direction is followed on a curve (``resefa.paths``); else edits are straight.
    """

    method: str
    space: str
    options: Mapping[str, Any] = field(default_factory=dict)
    curved: bool = False

    @property
    def name(self) -> str:
        """The method and the space, as in ``resefa W+`` or ``resefa W+ curved``."""
        return f"{self.method} {self.space}{' curved' if self.curved else ''}"

    @property
    def title(self) -> str:
        """The title in tables."""
        return f"{style_of(self.method).title}, {self.space}{', curved' if self.curved else ''}"

    @property
    def straight(self) -> Case:
        """The case with the same directions and straight edits."""
        return replace(self, curved=False)

    @property
    def ours(self) -> bool:
        """Whether the method is ReSeFa."""
        return self.method == OURS

    @property
    def knows_region(self) -> bool:
        """Whether the method uses the region to find directions, not only to choose among them."""
        return self.method in KNOW_REGION

    def as_method(self) -> Method:
        """The method's entry, as ``comparison.methods.set_up`` takes it."""
        return Method(self.method, self.options)


KNOW_REGION = frozenset({"resefa", "lowrankgan", "stylespace"})
CURVED = "~"
"""The mark of curved edits in the name of a case, as in ``resefa:W+~``."""
LEARNS_LABELS = "interfacegan"
"""The method that learns from labels, which the attribute reader gives."""
CASES = (
    Case("resefa", "Z"),
    Case("resefa", "W"),
    Case("resefa", "W+"),
    Case("resefa", "S"),
    Case("resefa", "W", curved=True),
    Case("resefa", "W+", curved=True),
    Case("resefa", "S", curved=True),
    Case("lowrankgan", "W"),
    Case("stylespace", "S"),
    Case("sefa", "W"),
    Case("ganspace", "W"),
    Case("interfacegan", "W"),
    Case("jacobian-svd", "W"),
    # A random direction stands for chance, so there is no choice among twenty.
    Case("random", "W", {"ranked": False}),
    Case("random", "S", {"ranked": False}),
)
"""All cases. LowRankGAN in W, SeFa over all layers of W, GANSpace and InterFaceGAN in W, StyleSpace in S are the
settings of their papers; methods that ignore the region offer 20 candidates, ranked by the region's contrast on the analysed image."""
STRAIGHT = tuple(case for case in CASES if not case.curved)
"""The cases that are measured unless others are named: curved edits take most of the time of a run with them."""


def cases_of(names: Sequence[str] | None) -> tuple[Case, ...]:
    """The cases with these names, all cases of a method given by its name alone, or all straight cases.

    Raises:
        UsageError: an unknown method, a space in which it is not measured, or a case named twice.
    """
    if names is None:
        return STRAIGHT
    chosen = [case for name in names for case in _named(name)]
    if len({case.name for case in chosen}) < len(chosen):
        raise UsageError(f"The list of methods names a case twice: {', '.join(names)}; name each case once.")
    return tuple(replace(case) for case in chosen)


def _named(name: str) -> list[Case]:
    method, _, space = name.strip().partition(":")
    method = method_name(method)
    found = [case for case in CASES if case.method == method and space in ("", _short(case))]
    if not found:
        allowed = ", ".join(f"{case.method}:{_short(case)}" for case in CASES)
        raise UsageError(f"The case {printable(name)!r} is not part of the benchmark; choose from {allowed}.")
    return found


def _short(case: Case) -> str:
    """The space of a case, with a mark for curved edits: ``W+`` or ``W+~``."""
    return f"{case.space}{CURVED if case.curved else ''}"
