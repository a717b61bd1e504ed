"""The settings of a benchmark, which determine every measured figure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from resefa.benchmark.cases import CASES, STRAIGHT, Case
from resefa.comparison.experiment import differences
from resefa.errors import UsageError, parameter
from resefa.files.input_file import read_input
from resefa.files.output_file import write_bytes
from resefa.files.schema import decode

PER_IMAGE, TRANSFERRED = "per-image", "transferred"
SETTINGS = (PER_IMAGE, TRANSFERRED)
"""Where the direction of an edited image was found: on that image, or on discovery images, which are never held out."""
REGIONS = ("mouth", "eyes", "eyebrows", "hair", "beard", "glasses")
"""The part regions. The name of each is also the name of its label in the segmentation and of the attribute with its kinds."""
PART_ATTRIBUTES = {"hair": ("hair", "hair-colour")}
"""Parts with further attributes; the only attribute of other parts is their kind."""
LEVELS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32)
HELD_OUT_FROM = 1_000
DISCOVERY_POOL = 5
"""Discovery images for each that a part needs: a third of the heads wears glasses."""
FEWEST_SAMPLES = 100
FILE = "settings.json"
LARGEST = 2**24


def attributes_of(part: str) -> tuple[str, ...]:
    """The attributes of a part, which its edits may change."""
    return PART_ATTRIBUTES.get(part, (part,))


@dataclass(frozen=True)
class Settings:
    """All settings on which the measured figures depend.

    Attributes:
        model, fingerprint: of the generator.
        reader, segmenter: fingerprints of the networks that measure.
        seeds: of the held-out images.
        cases: the measured methods and spaces.
        regions: names of the part regions.
        measured_at: longer side in pixels of the images that are measured.
        analysed_at: longer side of the network's intermediate image on which directions are found; None: the measured image.
        levels: mean squared changes inside the region (images in [-1, 1]) that the steps along a direction aim at.
        reference: the change inside at which the change outside is compared.
        k: number of directions of each case; the first gives the edits, all give the recall.
        recall_images: number of held-out images on which the other directions are measured too.
        discovery: number of images on which a transferred direction is found; 0: no transferred directions.
        samples: number of unedited images of the generator that are read.
        drawn: number of drawn heads that are read.
        confidence: smallest probability at which a kind counts as read.
        least_accuracy: of the reader's confident readings of drawn heads; attributes below are left out.
        tolerance: change of a colour or of the pose that counts, in root mean squared errors of the reader on drawn heads.
        colour_change: least change of a colour that counts, as a root mean square over channels in [0, 1]: the reader's errors on drawn heads
            are smaller than the eye sees.
        margin: growth of a part's mask on each side, as a fraction of the image's height.
        shown: number of held-out images whose first hits are stored as pictures.
        version: of resefa.

    Raises:
        UsageError: impossible settings.
    """

    model: str
    fingerprint: str
    reader: str = ""
    segmenter: str = ""
    seeds: tuple[int, ...] = tuple(range(HELD_OUT_FROM, HELD_OUT_FROM + 16))
    cases: tuple[Case, ...] = STRAIGHT
    regions: tuple[str, ...] = REGIONS
    measured_at: int = 128
    analysed_at: int | None = 64
    levels: tuple[float, ...] = LEVELS
    reference: float = 0.03
    k: int = 5
    recall_images: int = 5
    discovery: int = 8
    samples: int = 1024
    drawn: int = 1000
    confidence: float = 0.7
    least_accuracy: float = 0.97
    tolerance: float = 3.0
    colour_change: float = 0.04
    margin: float = 1 / 32
    shown: int = 3
    version: str = ""

    def __post_init__(self) -> None:
        if not self.seeds or len(set(self.seeds)) < len(self.seeds):
            raise UsageError(
                f"{parameter('seeds')} is empty or names an image twice; give distinct seeds of held-out images."
            )
        if shared := set(self.seeds) & set(self.discovery_seeds):
            raise UsageError(
                f"{parameter('seeds', min(shared))} is one of the discovery images; give seeds of {DISCOVERY_POOL * self.discovery} and above."
            )
        if not self.regions or not self.cases:
            raise UsageError(
                f"The benchmark has no {'method' if self.regions else 'region'}; give at least one region and one method."
            )
        if unknown := [name for name in self.regions if name not in REGIONS]:
            raise UsageError(f"Unknown part {unknown[0]!r}; choose from {', '.join(REGIONS)}.")
        if self.samples < FEWEST_SAMPLES:
            raise UsageError(f"{parameter('samples', self.samples)} is too small; give {FEWEST_SAMPLES} or more.")

    def changed(
        self,
        *,
        cases: tuple[Case, ...] | None,
        regions: tuple[str, ...],
        images: int | None,
        first_seed: int,
        size: int | None,
        resolution: int,
    ) -> Settings:
        """The settings with a user's choices; None keeps the present value.

        Args:
            size: longer side of the measured images.
            resolution: of the generator, which limits the sizes.
        """
        count = len(self.seeds) if images is None else images
        measured = min(size or self.measured_at, resolution)
        analysed = self.analysed_at if self.analysed_at is not None and self.analysed_at < resolution else None
        return replace(
            self,
            cases=cases or self.cases,
            regions=regions,
            seeds=tuple(range(first_seed, first_seed + count)),
            measured_at=measured,
            analysed_at=analysed,
        )

    @property
    def discovery_seeds(self) -> list[int]:
        """The seeds of the discovery images; a transferred direction is found on the first ``discovery`` of them that show the part."""
        return list(range(DISCOVERY_POOL * self.discovery))

    def case(self, name: str) -> Case:
        """The case with this name."""
        return next(case for case in self.cases if case.name == name)

    def as_json(self) -> dict[str, Any]:
        """The settings as plain JSON values."""
        cases = [{"name": case.name, **asdict(case)} for case in self.cases]
        return json.loads(json.dumps({**asdict(self), "cases": cases}))

    def save(self, folder: Path) -> None:
        """Write ``settings.json``."""
        write_bytes(folder / FILE, (json.dumps(self.as_json(), indent=2) + "\n").encode())

    @classmethod
    def load(cls, folder: Path) -> Settings:
        """Read ``settings.json``.

        Raises:
            UsageError: the file does not exist or is damaged.
        """
        path = folder / FILE
        if not path.exists():
            raise UsageError(f"{folder} does not contain {FILE}; give a folder that `resefa benchmark` wrote.")
        return decode(read_input(path, LARGEST), cls, str(path), remedy="run the benchmark again in a new folder")

    def check_or_save(self, folder: Path) -> None:
        """Write the settings to a new folder; in an existing folder, check that the settings are the same.

        Raises:
            UsageError: the settings differ; the message lists the differences.
        """
        if not (folder / FILE).exists():
            self.save(folder)
            return
        if differ := differences(Settings.load(folder).as_json(), self.as_json()):
            raise UsageError(
                f"{folder} contains results computed with different settings ({'; '.join(differ)}); choose a new folder, or use the folder's settings to resume."
            )


def quick_settings(settings: Settings) -> Settings:
    """The settings of a benchmark of few minutes: 4 images, 3 directions of 6 cases, fewer samples."""
    names = ("resefa W+", "resefa S", "stylespace S", "sefa W", "interfacegan W", "random W")
    return replace(
        settings,
        seeds=settings.seeds[:4],
        cases=tuple(case for case in CASES if case.name in names),
        levels=(0.02, 0.08, 0.32),
        k=3,
        recall_images=2,
        discovery=2,
        samples=384,
        drawn=300,
    )
