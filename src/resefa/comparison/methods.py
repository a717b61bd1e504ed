"""The compared methods: built-in methods by name, and the user's directions files as additional methods."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from resefa.comparison.experiment import Experiment, Method, file_part
from resefa.directions.directions import Directions
from resefa.discovery.problem import EditSpace, RegionProblem
from resefa.errors import UsageError, parameter
from resefa.generators.completed import as_generator
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.methods import registry
from resefa.methods.protocol import Method as DiscoveryMethod
from resefa.methods.registry import ALIASES, METHODS, method_name, method_options
from resefa.regions.region import Region
from resefa.runtime.session import Session

SLOW_IMAGES = 16
"""The number of held-out images on which slow methods discover per-image directions."""
SLOW = frozenset({"lowrankgan"})
"""The slow methods, which take many seconds for each image."""
MOST_CANDIDATES = 20
"""The number of directions tried from a file; the one with the least change outside on the discovery images is used. Built-in
methods that do not use the region offer the same number."""
RANDOM_SEEDS_FROM = 3_000_000_000
"""The first seed of random directions, far from the seeds of images, so that no direction equals an image's latent code."""


def methods_of(names: Sequence[str] | None, *, slow_images: int = SLOW_IMAGES) -> tuple[Method, ...]:
    """The methods with these names, or all methods, set up for a comparison.

    Raises:
        UsageError: an unknown name, or a name given twice.
    """
    chosen = list(METHODS) if names is None else [method_name(name) for name in names]
    if len(set(chosen)) < len(chosen):
        raise UsageError(f"The list of methods names a method twice: {', '.join(chosen)}; name each method once.")
    # A random direction stands for chance, so there is no choice among twenty.
    return tuple(
        Method(name, {"ranked": False} if name == "random" else {}, images=slow_images if name in SLOW else None)
        for name in chosen
    )


@dataclass(frozen=True, eq=False)
class GivenDirections:
    """A directions file in the role of a method, which returns the directions in the file."""

    name: str
    directions: Directions

    @classmethod
    def open(cls, path: Path, name: str, generator: Generator) -> GivenDirections:
        """Open a directions file written by resefa or a different tool.

        Raises:
            DirectionsError: the file cannot be read, or does not state the latent space of its directions.
            LatentError: the directions belong to another model.
        """
        generator = as_generator(generator)
        found = Directions.load(path, generator=generator)
        found.check_fits(generator)
        return cls(name, found)

    def reason_not(self, generator: Generator) -> str | None:
        """None, because ``open`` has checked that the directions fit the model."""
        return None

    def find(self, generator: Generator, code: LatentCode, region: Region, *, k: int) -> Directions:
        """The first ``k`` directions in the file, whatever the latent code and the region."""
        return self.directions.chosen(range(min(k, len(self.directions))))

    def meant_for(self, region: str, text: str) -> bool:
        """Whether the directions belong to the region with this name and text; without a region they belong to every region."""
        return self.directions.provenance.region in ("", region, text)

    @property
    def method(self) -> Method:
        """The method's entry in an experiment: transferred only, with a digest of the directions."""
        digest = hashlib.sha256(self.directions.vectors.numpy().tobytes()).hexdigest()
        candidates = min(MOST_CANDIDATES, len(self.directions))
        return Method(self.name, {"directions": digest}, images=0, candidates=candidates)

    def check_regions(self, experiment: Experiment) -> None:
        """Raise UsageError if the directions belong to a region that is not compared.

        Raises:
            UsageError: none of the experiment's regions is theirs.
        """
        if not any(self.meant_for(name, text) for name, text in experiment.regions.items()):
            region = self.directions.provenance.region
            raise UsageError(
                f"The directions of {self.name} belong to the region {region}, which is not compared; add {parameter('region', region)}."
            )


def with_directions(methods: Sequence[Method], given: Sequence[GivenDirections]) -> tuple[Method, ...]:
    """The methods, followed by the user's directions files as methods.

    Raises:
        UsageError: a name is taken, or has no letter or digit.
    """
    found = [*methods, *(one.method for one in given)]
    names = [file_part(method.name).lower() for method in found]
    for method, name in zip(found, names, strict=True):
        if not name or names.count(name) > 1 or (name in ALIASES and method not in methods):
            problem = "is already the name of a different method" if name else "has no letter or digit"
            raise UsageError(f"The name {method.name!r} {problem}; give the directions file a different name.")
    return tuple(found)


def with_labels(methods: Sequence[Method], seeds: Sequence[int], labels: Sequence[float]) -> tuple[Method, ...]:
    """The methods, with the labels of these seeds for methods that learn from labels (above 0: the image has the attribute)."""
    given = {"label_seeds": list(seeds), "labels": list(labels)}
    return tuple(
        replace(method, options={**method.options, **given}) if "labels" in method_options(method.name) else method
        for method in methods
    )


@dataclass(frozen=True, eq=False)
class ReadyMethod:
    """A method of discovery together with the edit and the session of a comparison."""

    method: DiscoveryMethod
    edit: EditSpace
    session: Session

    def reason_not(self, generator: Generator) -> str | None:
        """A sentence with the reason why the method does not apply to this generator; None if it applies."""
        return self.method.reason_not(as_generator(generator), self.edit.space)

    def find(self, generator: Generator, code: LatentCode, region: Region, *, k: int) -> Directions:
        """At most k directions for the region on the images of these codes."""
        edit = self.method.edit_for(as_generator(generator), code, self.edit)
        return self.method.find(RegionProblem(generator, code, region, edit, self.session), k)


def set_up(method: Method, generator: Generator, seed: int, edit: EditSpace, session: Session) -> ReadyMethod:
    """The method with its options in the comparison, ready to run; random directions get a seed that no image has."""
    options = dict(method.options)
    if (labelled := options.pop("label_seeds", None)) is not None:
        options["label_codes"] = generator.sample(labelled)
    if "seed" in method_options(method.name):
        options["seed"] = (RANDOM_SEEDS_FROM + seed) % 2**32
    return ReadyMethod(registry.method(method.name, **options), edit, session)
