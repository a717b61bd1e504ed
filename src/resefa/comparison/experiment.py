"""The settings of a comparison, which determine every measured figure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from resefa.comparison.earlier_folders import current_method
from resefa.errors import UsageError, parameter
from resefa.files.input_file import read_input
from resefa.files.output_file import write_bytes
from resefa.files.schema import decode

PER_IMAGE, TRANSFERRED = "per-image", "transferred"
SETTINGS = (PER_IMAGE, TRANSFERRED)
"""Where the direction of an edited image was discovered: on that image, or on discovery images, which are never held out."""
SEEDS_APART = 10_000
HELD_OUT_FROM = 1_000
FEWEST = 2
LARGEST_SEED = 400_000
FILE = "experiment.json"
LARGEST = 2**26
"""The largest settings file in bytes; the file may hold labels of many seeds."""


@dataclass(frozen=True)
class Method:
    """A method in the comparison, with its options.

    Attributes:
        name: in the registry of methods, or of a file of directions.
        options: of this method alone.
        images: number of held-out images with a per-image direction (fewer for a slow method); None: all.
        candidates: number of directions tried; the direction with the least change outside is taken, on the image itself or,
            if transferred, on the discovery images. 1: the method's first direction.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    images: int | None = None
    candidates: int = 1


@dataclass(frozen=True)
class Experiment:
    """All settings on which the measured figures depend.

    Attributes:
        model, fingerprint, resolution, conditions: of the generator.
        space, layers: of the edits; None: the default of each method.
        regions: name -> canonical text.
        methods: the compared methods.
        seed: of all random numbers.
        images: number of held-out images.
        discovery: number of images on which a transferred direction is discovered.
        levels: mean squared changes inside the region at which methods are compared (images in [-1, 1]).
        reference: the level at which the measures judge images, one of ``levels``.
        strengths: steps on each side of a sweep over raw strengths (figure 5 of the paper).
        shown: number of images whose pictures are stored.
        measures: name -> fingerprint of each measure.
        pixels: region -> fingerprint of its weights: a mask file with new content is another region. Of a region that follows the
            image the fingerprint of the segmenter.
        version: of resefa.

    Raises:
        UsageError: impossible settings.
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
        most = SEEDS_APART - HELD_OUT_FROM
        if not FEWEST <= self.images <= most:
            raise UsageError(
                f"{parameter('images', self.images)} is out of range; give {FEWEST} to {most} held-out images, and at least 20 for useful confidence intervals."
            )
        if not 1 <= self.discovery <= HELD_OUT_FROM:
            raise UsageError(
                f"{parameter('discovery', self.discovery)} is out of range; give 1 to {HELD_OUT_FROM} discovery images."
            )
        distinct = len(set(self.levels)) == len(self.levels)
        if not self.levels or not distinct or not all(0 < level < 4 for level in self.levels):
            raise UsageError(
                f"{parameter('levels')} is {', '.join(map(str, self.levels)) or 'empty'}; give distinct mean squared changes between 0 and 4, for example 0.05."
            )
        if not self.regions or not self.methods:
            raise UsageError(
                f"The comparison has no {'method' if self.regions else 'region'}; give at least one region and one method."
            )
        if not 0 <= self.seed <= LARGEST_SEED:
            raise UsageError(
                f"{parameter('seed', self.seed)} is out of range; give a whole number from 0 to {LARGEST_SEED}."
            )
        self._check_labels()
        object.__setattr__(self, "levels", tuple(sorted(self.levels)))
        if self.reference not in self.levels:
            object.__setattr__(self, "reference", self.levels[len(self.levels) // 2])

    def _check_labels(self) -> None:
        held_out = set(self.held_out_seeds)
        labelled = (seed for method in self.methods for seed in method.options.get("label_seeds", ()))
        if (shared := next((seed for seed in labelled if seed in held_out), None)) is not None:
            raise UsageError(
                f"The image with seed {shared} is labelled, but it is one of the held-out images; label different seeds, for example "
                f"{(self.seed + 1) * SEEDS_APART} and above."
            )

    @property
    def discovery_seeds(self) -> list[int]:
        """The seeds of the images on which transferred directions are discovered."""
        return [self.seed * SEEDS_APART + i for i in range(self.discovery)]

    @property
    def held_out_seeds(self) -> list[int]:
        """The seeds of the measured images, which discovery never uses."""
        return [self.seed * SEEDS_APART + HELD_OUT_FROM + i for i in range(self.images)]

    def as_json(self) -> dict[str, Any]:
        """The settings as plain JSON values."""
        return json.loads(json.dumps(asdict(self)))

    def save(self, folder: Path) -> None:
        """Write ``experiment.json``."""
        write_bytes(folder / FILE, (json.dumps(self.as_json(), indent=2) + "\n").encode())

    @classmethod
    def load(cls, folder: Path) -> Experiment:
        """Read ``experiment.json``; methods' names from resefa 0.1 are replaced by the present names.

        Raises:
            UsageError: the file does not exist or is damaged.
        """
        path = folder / FILE
        if not path.exists():
            raise UsageError(f"{folder} does not contain {FILE}; give a folder that `resefa compare` wrote.")
        remedy = "run the comparison again in a new folder"
        found = decode(read_input(path, LARGEST), cls, str(path), remedy=remedy)
        for method in found.methods:
            if not all(isinstance(value, str | int | float | bool | list | None) for value in method.options.values()):
                raise UsageError(f"{path} is damaged (an option of {method.name} is not a plain value); {remedy}.")
        return replace(
            found, methods=tuple(replace(method, name=current_method(method.name)) for method in found.methods)
        )

    def check_or_save(self, folder: Path) -> None:
        """Write the settings to a new folder; in an existing folder, check that the settings are the same.

        Raises:
            UsageError: the settings differ; the message lists the differences.
        """
        if not (folder / FILE).exists():
            self.save(folder)
            return
        differ = differences(Experiment.load(folder).as_json(), self.as_json())
        if differ:
            raise UsageError(
                f"{folder} contains results computed with different settings ({'; '.join(differ)}); choose a new folder, or use the folder's settings to resume."
            )


def differences(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """The settings that differ, each as text, for example ``images: 64 in the folder, 32 requested``."""
    return [
        f"{name.replace('_', ' ')}: {_shown(there.get(name))} in the folder, {_shown(here.get(name))} requested"
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
    """The text in a form that is safe as part of a file name."""
    return re.sub(r"[^\w-]+", "-", text).strip("-")[:40]
