"""The methods of a comparison by name, and what each is given there."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from resefa.comparison.experiment import Experiment, Method, file_part
from resefa.directions.directions import Directions
from resefa.errors import UsageError
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.methods.method import Finder
from resefa.methods.registry import FINDERS, finder, options_of
from resefa.regions.region import Region

SLOW_IMAGES = 16
"""On how many held-out images a method of many seconds each looks for directions of their own."""
SPECIAL = {
    "low-rank": Method("low-rank", images=SLOW_IMAGES),
    # Chance, without a choice among twenty.
    "random": Method("random", {"ranked": False}),
}
RANDOM_SEEDS_FROM = 3_000_000_000
"""Far from those of images and of populations: the same numbers would be a code."""


def methods_of(names: Sequence[str] | None, *, slow_images: int = SLOW_IMAGES) -> tuple[Method, ...]:
    """The methods of these names, or all of them, set up for a comparison.

    Raises:
        UsageError: a name that is none, or one that comes twice.
    """
    chosen = list(FINDERS) if names is None else list(names)
    for name in chosen:
        if name not in FINDERS:
            raise UsageError(f"Unknown method {name!r}; choose among {', '.join(FINDERS)}.")
    if len(set(chosen)) < len(chosen):
        raise UsageError(f"A method is named twice in {', '.join(chosen)}; name each once.")
    found = (SPECIAL.get(name, Method(name)) for name in chosen)
    return tuple(method if method.images is None else replace(method, images=slow_images) for method in found)


def with_given(methods: Sequence[Method], given: Sequence[GivenDirections]) -> tuple[Method, ...]:
    """The methods, and after them the directions that a person brings.

    Raises:
        UsageError: two of them have the same name.
    """
    found = [*methods, *(one.method for one in given)]
    names = [file_part(method.name).lower() for method in found]
    for method, name in zip(found, names, strict=True):
        if names.count(name) > 1 or not name:
            raise UsageError(
                f"The name {method.name!r} is taken by another method, or has no letter or digit; write --directions FILE:NAME."
            )
    return tuple(found)


def with_labels(methods: Sequence[Method], seeds: Sequence[int], labels: Sequence[float]) -> tuple[Method, ...]:
    """The methods, those that learn from labels with these: one number per seed, above 0 where its image has the attribute."""
    given = {"label_seeds": list(seeds), "labels": list(labels)}
    return tuple(
        replace(method, options={**method.options, **given}) if "labels" in options_of(method.name) else method
        for method in methods
    )


def finder_of(method: Method, generator: Generator, *, seed: int, **shared: Any) -> Finder:
    """Its finder: the shared options that it takes, a random seed of its own, and what the comparison sets for it."""
    options = dict(method.options)
    if (labelled := options.pop("label_seeds", None)) is not None:
        options["label_codes"] = generator.sample(labelled)
    known = options_of(method.name)
    given = {name: value for name, value in shared.items() if name in known}
    if "seed" in known:
        given["seed"] = (RANDOM_SEEDS_FROM + seed) % 2**32
    return finder(method.name, **given, **options)


MOST = 20
"""Directions of a file that are tried, of which the one that changes least outside on the discovery images is taken: as many as
other methods that do not know the region may offer."""


@dataclass(frozen=True, eq=False)
class GivenDirections:
    """A finder (``resefa.methods.method``) that finds what is in a file."""

    name: str
    directions: Directions

    def reason_not(self, generator: Generator) -> str | None:
        """They fit the model: ``opened`` has checked it."""
        return None

    def find(self, generator: Generator, code: LatentCode, region: Region, *, k: int) -> Directions:
        """The first ``k`` of them, whatever the code and the region."""
        return self.directions.chosen(range(min(k, len(self.directions))))

    def meant_for(self, region: str, text: str) -> bool:
        """Whether they are for the region of this name and text: a file that names no region is for every one."""
        return self.directions.provenance.region in ("", region, text)

    @property
    def method(self) -> Method:
        """Its entry in an experiment: transferred only (on no image of its own), and bound to these very numbers."""
        digest = hashlib.sha256(self.directions.vectors.numpy().tobytes()).hexdigest()
        return Method(self.name, {"directions": digest}, images=0, candidates=min(MOST, len(self.directions)))


def opened(path: Path, name: str, generator: Generator) -> GivenDirections:
    """The directions of a file of resefa or another tool.

    Raises:
        DirectionsError: the file cannot be read, or does not say in which space its directions are.
        LatentError: they are for another model.
    """
    found = Directions.load(path, generator=generator)
    about = found.provenance
    motion = generator.motion(about.space, about.layers, about.code_space or about.space)
    found.check_fits(generator.name, generator.fingerprint, motion.space, motion.dimensions)
    return GivenDirections(name, found)


def check_regions(given: GivenDirections, experiment: Experiment) -> None:
    """Raise UsageError where directions are for a region that is not compared."""
    if not any(given.meant_for(name, text) for name, text in experiment.regions.items()):
        region = given.directions.provenance.region
        raise UsageError(
            f"The directions of {given.name} were found for the region {region}, which is not compared; add --region {region}, or compare "
            "them on their region."
        )
