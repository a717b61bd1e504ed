"""Projects of a small generator whose directions are drawn at random: made in milliseconds, edited as found ones are."""

from __future__ import annotations

from typing import Any

import torch

import resefa
from resefa.directions import DirectionFacts, Provenance, StrengthProfile, StrengthSide
from resefa.projects import (
    Project,
    ProjectCard,
    ProjectImage,
    ProjectModel,
    ProjectSearch,
    SearchOptions,
    region_of,
    shapes_from,
)

MODEL = "toon-faces-64"
MOUTH = [{"kind": "box", "mode": "edit", "box": [0.6, 0.3, 0.2, 0.4]}]
EYES = [
    {"kind": "polygon", "mode": "edit", "points": [[0.3, 0.2], [0.3, 0.8], [0.5, 0.5]]},
    {"kind": "preset", "mode": "protect", "name": "mouth"},
]


def profile(end: float) -> StrengthProfile:
    """A range whose slider is not linear in the step."""
    plus = StrengthSide(
        (0.0, end / 3, end), (0.0, 0.5, 1.0), (0.0, 0.01, 0.05), (0.0, 0.001, 0.004), "the image breaks down"
    )
    minus = StrengthSide((0.0, end / 2), (0.0, 1.0), (0.0, 0.02), (0.0, 0.002))
    return StrengthProfile(0.05, 1, plus, minus)


def directions(
    generator: Any, shapes: list[dict[str, Any]], count: int = 2, seed: int = 0, **origin: Any
) -> resefa.Directions:
    """Directions of W+ with ranges, in the region of shapes."""
    vectors = torch.randn(count, generator.space("W+").dimensions, generator=torch.Generator().manual_seed(seed))
    where = region_of(shapes_from(shapes), 0.0, generator.presets)
    weights = where.weights(*generator.resolution)
    of = Provenance(
        method="resefa", model=generator.name, fingerprint=generator.fingerprint, space="W+", truncation=1.0, noise="constant",
        region=where.text, resolution=generator.resolution, **origin,
    )  # fmt: skip
    facts = tuple(DirectionFacts(caption="+ opens; - closes", strength=profile(6.0 + i)) for i in range(count))
    unit = torch.nn.functional.normalize(vectors, dim=1)
    return resefa.Directions(
        unit, eigenvalues=torch.arange(count, 0, -1), codes=generator.sample(3, "W+").values, edit=weights.edit, protect=weights.protect,
        provenance=of, facts=facts,
    )  # fmt: skip


def search(
    generator: Any, shapes: list[dict[str, Any]], label: str = "mouth", continues: int | None = None, **how: Any
) -> ProjectSearch:
    """A search with its directions."""
    found = directions(generator, shapes, **how)
    return ProjectSearch.of(shapes_from(shapes), 0.0, SearchOptions("W+", resolution=64), found, label, continues)


def project(generator: Any, **given: Any) -> Project:
    """Two regions with two directions each; three cards are in use, one is hidden."""
    parts: dict[str, Any] = {
        "model": ProjectModel(MODEL, generator.fingerprint),
        "image": ProjectImage(seed=3),
        "others": (5, 0),
        "shapes": shapes_from(EYES),
        "feather": 0.02,
        "searches": (search(generator, MOUTH), search(generator, EYES, "eyes", seed=1)),
        "cards": (
            ProjectCard(1, 0, position=-0.4, kept=True, title="Looks up"),
            ProjectCard(0, 0, position=0.7, name="Smile"),
            ProjectCard(0, 1, position=0.25, title="Mouth: angry → sad"),
            ProjectCard(1, 1, hidden=True),
        ),
    }
    return Project(**{**parts, **given})
