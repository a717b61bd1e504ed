"""What one comparison is: frozen settings, from which everything that it measures follows, and what of two of them differs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from resefa.errors import UsageError
from resefa.files.input_file import read_input
from resefa.files.output_file import write_bytes
from resefa.files.schema import decode

OWN, CARRIED = "own", "carried"
SETTINGS = (OWN, CARRIED)
"""Where the direction of an image was found: on that image, or on discovery images that are none of the held-out ones."""
SEEDS_APART = 10_000
HELD_OUT_FROM = 1_000
FEWEST = 2
FILE = "experiment.json"
LARGEST = 2**26
"""Bytes of its file, which may carry labels of many seeds."""


@dataclass(frozen=True)
class Method:
    """A finder in the comparison.

    Attributes:
        name: of the finder.
        options: its own, beyond what all share.
        images: on how many held-out images it may look for directions of their own (a slow one gets fewer); None: all.
        candidates: how many of its directions are tried, of which the one with the least change outside is taken: on the
            image itself or, where carried over, on the discovery images. 1: its own first one.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    images: int | None = None
    candidates: int = 1


@dataclass(frozen=True)
class Experiment:
    """Everything that the figures depend on.

    Attributes:
        model, fingerprint, resolution, conditions: of the generator.
        space, layers: of the edits, where they were asked for.
        regions: name -> canonical text.
        methods: the finders.
        seed: of everything random.
        images: how many held-out ones.
        discovery: how many images a direction that is carried over is found on.
        levels: mean squared changes inside the region at which methods are compared (images in [-1, 1]).
        reference: the level at which images are judged by the measures, one of ``levels``.
        strengths: how many steps a sweep over raw strengths has on each side (the paper's figure 5).
        shown: of how many images pictures are kept.
        measures: name -> fingerprint of what judges the images.
        pixels: region -> fingerprint of its weights: a mask painted anew under its old name is another region.
        version: of resefa.
    """

    model: str
    fingerprint: str
    regions: Mapping[str, str]
    methods: tuple[Method, ...]
    resolution: tuple[int, int] = (0, 0)
    conditions: str = ""
    space: str | None = None
    layers: str | None = None
    seed: int = 0
    images: int = 64
    discovery: int = 8
    levels: tuple[float, ...] = (0.02, 0.05, 0.1)
    reference: float = 0.05
    strengths: int = 8
    shown: int = 6
    measures: Mapping[str, str] = field(default_factory=dict)
    pixels: Mapping[str, str] = field(default_factory=dict)
    version: str = ""

    def __post_init__(self) -> None:
        if self.images < FEWEST:
            raise UsageError(
                f"{self.images} held-out images are too few; give at least {FEWEST}, and at least 20 for useful intervals."
            )
        if not 1 <= self.discovery <= HELD_OUT_FROM or self.images > SEEDS_APART - HELD_OUT_FROM:
            raise UsageError(
                f"{self.images} held-out and {self.discovery} discovery images were asked for; give at most "
                f"{SEEDS_APART - HELD_OUT_FROM} and from 1 to {HELD_OUT_FROM}."
            )
        if (
            not self.levels
            or not all(0 < level < 4 for level in self.levels)
            or len(set(self.levels)) < len(self.levels)
        ):
            raise UsageError(
                f"The levels {', '.join(map(str, self.levels))} are not possible; give different mean squared changes between 0 and 4, for example 0.05."
            )
        if not self.regions or not self.methods:
            raise UsageError("A comparison needs at least one region and one method.")
        if not 0 <= self.seed <= 400_000:
            raise UsageError(f"The seed {self.seed} is out of range; give a whole number from 0 to 400000.")
        held_out = set(self.held_out_seeds)
        if shared := [
            seed for method in self.methods for seed in method.options.get("label_seeds", ()) if seed in held_out
        ]:
            raise UsageError(
                f"Seed {shared[0]} has a label, but its image is held out; label others, for example seeds from "
                f"{(self.seed + 1) * SEEDS_APART} on."
            )
        object.__setattr__(self, "levels", tuple(sorted(self.levels)))
        if self.reference not in self.levels:
            object.__setattr__(self, "reference", self.levels[len(self.levels) // 2])

    @property
    def discovery_seeds(self) -> list[int]:
        """Seeds of the images that directions are found on before they are carried over."""
        return [self.seed * SEEDS_APART + i for i in range(self.discovery)]

    @property
    def held_out_seeds(self) -> list[int]:
        """Seeds of the images that are measured: never those of discovery."""
        return [self.seed * SEEDS_APART + HELD_OUT_FROM + i for i in range(self.images)]

    def without(self, names: set[str]) -> Experiment:
        """The same without these methods."""
        return replace(self, methods=tuple(method for method in self.methods if method.name not in names))

    def facts(self) -> dict[str, Any]:
        """As JSON has it."""
        return json.loads(json.dumps(asdict(self)))

    def save(self, folder: Path) -> None:
        """Write ``experiment.json``."""
        write_bytes(folder / FILE, (json.dumps(self.facts(), indent=2) + "\n").encode())

    @classmethod
    def load(cls, folder: Path) -> Experiment:
        """What ``save`` wrote.

        Raises:
            UsageError: there is none, or it is damaged.
        """
        path = folder / FILE
        if not path.exists():
            raise UsageError(f"{folder} holds no {FILE}: name the folder that resefa compare wrote.")
        mend = "compare anew in another folder"
        found = decode(read_input(path, LARGEST), cls, str(path), mend=mend)
        for method in found.methods:
            if not all(isinstance(value, str | int | float | bool | list | None) for value in method.options.values()):
                raise UsageError(f"{path} is damaged (an option of {method.name} is no plain value): {mend}.")
        return found

    def keep_in(self, folder: Path) -> None:
        """Note the settings in a new folder, or refuse a folder whose results were measured with other ones.

        Raises:
            UsageError: they differ; the sentence says in what.
        """
        if not (folder / FILE).exists():
            self.save(folder)
            return
        differ = differences(Experiment.load(folder).facts(), self.facts())
        if differ:
            raise UsageError(
                f"{folder} holds results of other settings ({'; '.join(differ)}): name another folder with -o, or give the same settings to go on."
            )


def differences(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """What differs, in words: ``images: 64 there, 32 here``."""
    return [
        f"{name.replace('_', ' ')}: {_shown(there.get(name))} there, {_shown(here.get(name))} here"
        for name in here
        if there.get(name) != here.get(name)
    ]


def _shown(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return ", ".join(
            one["name"] + "".join(f" {key}={option}" for key, option in one["options"].items()) for one in value
        )
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) < 80 else text[:77] + "..."


def file_part(text: str) -> str:
    """What a file's name may carry of a region's text."""
    return re.sub(r"[^\w-]+", "-", text).strip("-")[:40]
