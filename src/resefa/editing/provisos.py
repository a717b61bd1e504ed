"""What edited pictures do not say by themselves, as sentences: a change not reached, a model under other conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from resefa.directions.directions import Direction
from resefa.latents.conditions import DEFAULT, Conditions

_NAMED = 3
"""Images that a sentence names."""


def unreached(notes: Mapping[str, Sequence[str]], images: int) -> str:
    """One sentence for the images (label -> notes of their calibration) that show less than was asked for."""
    named = [f"{label}: {', '.join(found)}" for label, found in list(notes.items())[:_NAMED]]
    more = f"; and {len(notes) - _NAMED} more" if len(notes) > _NAMED else ""
    return (
        f"The change asked for is not shown in full in {len(notes)} of {images} image{'' if images == 1 else 's'} "
        f"({'; '.join(named)}{more}): longer steps would change the rest of the picture instead."
    )


def other_conditions(direction: Direction, now: Conditions) -> str:
    """One sentence where the direction was found under other conditions than ``now``, else empty."""
    found = direction.provenance
    if found.truncation is None:  # another tool's file says nothing of conditions
        return ""
    wanted = {
        "truncation": found.truncation,
        "cutoff": found.cutoff,
        "label": found.label,
        "noise": str(found.noise or DEFAULT.noise),
    }
    present = {"truncation": now.truncation, "cutoff": now.cutoff, "label": now.label, "noise": str(now.noise)}
    differing = {name: value for name, value in wanted.items() if value != present[name]}
    if not differing:
        return ""
    listed = ", ".join(f"{name}={_shown(value)}" for name, value in differing.items())
    mine = ", ".join(f"{name}={_shown(present[name])}" for name in differing)
    return (
        f"{direction.name} was found under {listed}, but this generator makes images under {mine}; "
        f"use generator.under({listed}) to edit what was analysed."
    )


def _shown(value: object) -> str:
    return repr(int(value)) if isinstance(value, str) and value.isdecimal() else repr(value)
