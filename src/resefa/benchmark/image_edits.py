"""Measurements on a held-out image: the pictures along each direction of each case, with both signs, and their attributes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path as FilePath

from torch import Tensor

from resefa.benchmark.attributes import Distinction, PictureAttributes, Reader, read_pictures
from resefa.benchmark.cases import Case
from resefa.benchmark.discovery import CaseDiscovery, PartsCache
from resefa.benchmark.ladder import Climb, climb
from resefa.benchmark.part_regions import PartRegions
from resefa.benchmark.realism import DrawnLook
from resefa.benchmark.records import Record
from resefa.benchmark.settings import PER_IMAGE, TRANSFERRED, Settings, attributes_of
from resefa.benchmark.stored_pictures import original_file, save_pictures, side_file
from resefa.comparison.discovery import FAILURES
from resefa.comparison.strength_matching import Path, Paths
from resefa.directions.directions import Direction, Directions
from resefa.editing.composition import Composition
from resefa.editing.fitting import FittedEdit
from resefa.files import tensor_file
from resefa.files.output_file import write_bytes
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode
from resefa.paths.edit_paths import EditPaths
from resefa.paths.path_problem import PathProblem
from resefa.paths.path_search import follow_path
from resefa.regions.region import Region
from resefa.types import Image

SIGNS = (1, -1)


@dataclass(frozen=True)
class SideKey:
    """One sign of a direction of a case for a part."""

    setting: str
    region: str
    case: str
    direction: int
    sign: int

    @property
    def first(self) -> bool:
        """Whether the direction is the case's first, which gives the edits."""
        return self.direction == 0

    def about(self, seed: int) -> Record:
        """The fields of a record about this side."""
        return {"setting": self.setting, "image": seed, "region": self.region, "case": self.case}


@dataclass(frozen=True, eq=False)
class Judges:
    """The networks and rules that judge pictures."""

    reader: Reader
    look: DrawnLook
    distinction: Distinction


class ImageEdits:
    """Measurements on held-out images, one image at a time.

    Args:
        measured: the generator of images of the measured size.
        transferred: (part, case) -> transferred directions.
    """

    def __init__(
        self,
        measured: BaseGenerator,
        discovery: CaseDiscovery,
        judges: Judges,
        transferred: Mapping[tuple[str, str], Directions],
        folder: FilePath,
    ) -> None:
        self.measured, self.discovery, self.judges, self.transferred, self.folder = (
            measured, discovery, judges, transferred, folder,
        )  # fmt: skip
        self.settings: Settings = discovery.settings
        self.parts: PartRegions = discovery.parts

    def measure(self, seed: int) -> list[Record]:
        """The records of the image with this seed; the features of its pictures are written to the folder."""
        code = self.measured.sample(seed)
        original = self.measured.synthesize(code)
        before = read_pictures(self.judges.reader, original)
        regions, absent = self.parts.of(original, before)
        records: list[Record] = [
            {"kind": "absent", "image": seed, "region": part, "reason": reason} for part, reason in absent.items()
        ]
        found, directions = self._discover(code, seed, regions)
        weights = {part: region.weights(*self.measured.resolution) for part, region in regions.items()}
        keys = list(directions)
        paths = Paths(self.measured, code, [Path(directions[key], weights[key.region], key.sign) for key in keys])
        pictures = _Pictures(self.judges, self.settings, before, keys)
        climbs = climb(paths, self.settings.levels, pictures.seen)
        write_bytes(features_file(self.folder, seed), tensor_file.to_bytes(pictures.features(), {}))
        if seed in self.settings.seeds[: self.settings.shown]:
            save_pictures(pictures.shown(self.folder, seed, original))
        return [*records, *found, *pictures.records(seed, climbs)]

    def _discover(
        self, code: LatentCode, seed: int, regions: Mapping[str, Region]
    ) -> tuple[list[Record], dict[SideKey, Direction]]:
        """The records of all discoveries on the image, and the directions to measure, per-image and transferred."""
        records: list[Record] = []
        directions: dict[SideKey, Direction] = {}
        cache = PartsCache()
        recall = seed in self.settings.seeds[: self.settings.recall_images]
        for part, region in regions.items():
            for case in self.settings.cases:
                about = {"setting": PER_IMAGE, "image": seed, "region": part, "case": case.name}
                try:
                    found, cost = self.discovery.per_image(code, region, part, case, cache)
                except FAILURES as error:
                    records.append({"kind": "failure", **about, "reason": str(error)})
                    continue
                records.append({
                    "kind": "discovery", **about, "seconds": cost.total, "jacobian_seconds": cost.jacobian,
                    "directions": len(found), "status": found.status[:2000],
                })  # fmt: skip
                edits = {PER_IMAGE: found}
                if (other := self.transferred.get((part, case.name))) is not None:
                    edits[TRANSFERRED] = other
                for setting, given in edits.items():
                    if not case.curved:
                        directions |= _sides(setting, part, case, given, recall and setting == PER_IMAGE)
                        continue
                    start = time.perf_counter()
                    paths = self._followed(code, given[0], region)
                    records.append(
                        {
                            **about,
                            "kind": "path",
                            "setting": setting,
                            "seconds": time.perf_counter() - start,
                            **_cost(paths),
                        }
                    )
                    directions |= {SideKey(setting, part, case.name, 0, sign): paths for sign in _ended(paths)}
        return records, directions

    def _followed(self, code: LatentCode, direction: Direction, region: Region) -> EditPaths:
        """The curve of a direction on the image, up to the largest level."""
        weights = region.weights(*self.measured.resolution)
        # A part of the picture is the same region in pictures of every size.
        origin = replace(direction.provenance, segmenter=None, resolution=self.measured.resolution)
        here = replace(direction, edit=weights.edit.float(), protect=weights.protect.float(), provenance=origin)
        base = self.measured.convert(code, code.space)
        path = follow_path(
            FittedEdit(self.measured, base, Composition.of(here)), max(self.settings.levels), PathProblem()
        )
        return EditPaths.of(here, self.measured, base, [path], max(self.settings.levels))


def _sides(setting: str, part: str, case: Case, found: Directions, all_directions: bool) -> dict[SideKey, Direction]:
    count = len(found) if all_directions else 1
    return {
        SideKey(setting, part, case.name, i, sign): found[i] for i in range(min(count, len(found))) for sign in SIGNS
    }


def _ended(paths: EditPaths) -> list[int]:
    """The signs of a curve that move at all."""
    (path,) = paths.paths
    return [sign for sign in SIGNS if path.end(sign) > 0]


def _cost(paths: EditPaths) -> Record:
    (path,) = paths.paths
    return {"products": path.certificate.products, "images": path.certificate.images}


class _Pictures:
    """The attributes of all pictures of an image, by side, collected while the sides climb."""

    def __init__(self, judges: Judges, settings: Settings, before: PictureAttributes, keys: Sequence[SideKey]) -> None:
        self._judges, self._settings, self._before, self._keys = judges, settings, before, keys
        self._distances: list[list[float]] = [[] for _ in keys]
        self._read: list[list[str | None]] = [[] for _ in keys]
        self._own: list[list[list[str]]] = [[] for _ in keys]
        self._others: list[list[list[str]]] = [[] for _ in keys]
        self._features: dict[str, Tensor] = {}
        self._shown: dict[int, Tensor] = {}
        self._hit: set[int] = set()

    def seen(self, chosen: Sequence[int], images: Image) -> list[bool]:
        """Judge a picture of each of the chosen sides; each climbs on while it looks drawn."""
        found = read_pictures(self._judges.reader, images)
        distances = self._judges.look.distances(found.features).tolist()
        different = self._judges.distinction.different(self._before, found)
        further: list[bool] = []
        for place, i in enumerate(chosen):
            key = self._keys[i]
            if key.first:
                name = f"{key.setting}|{key.region}|{key.case}|{key.sign:+d}|{len(self._read[i])}"
                self._features[name] = found.features[place].half()
            self._distances[i].append(distances[place])
            self._read[i].append(found.kind(key.region, place, self._settings.confidence))
            own = frozenset(attributes_of(key.region))
            self._own[i].append(sorted(different[place] & own))
            self._others[i].append(sorted(different[place] - own))
            further.append(distances[place] <= self._judges.look.threshold)
            self._show(i, images[place], further[-1])
        return further

    def _show(self, side: int, image: Tensor, drawn: bool) -> None:
        """Keep the picture of a side for the report if it is the first, or looks drawn and no picture before it has hit."""
        key = self._keys[side]
        if key.setting == PER_IMAGE and key.first and side not in self._hit and (drawn or side not in self._shown):
            self._shown[side] = image
            if drawn and self._own[side][-1]:
                self._hit.add(side)

    def shown(self, folder: FilePath, seed: int, original: Image) -> Iterator[tuple[FilePath, Tensor]]:
        """Paths and images of the pictures for the report."""
        yield original_file(folder, seed), original[0]
        for side, image in self._shown.items():
            key = self._keys[side]
            yield side_file(folder, seed, key.region, key.case, key.sign), image

    def features(self) -> dict[str, Tensor]:
        """The features of the pictures of first directions, by setting, region, case, sign and rung."""
        return {**self._features, "original": self._before.features[0].half()}

    def records(self, seed: int, climbs: Sequence[Climb]) -> list[Record]:
        """A record of each side."""
        return [
            {
                "kind": "side", **key.about(seed), "direction": key.direction, "sign": key.sign,
                "original": self._before.kind(key.region, 0, 0.0), "alphas": one.alphas, "inside": one.inside,
                "outside": one.outside, "distance": self._distances[i], "read": self._read[i], "own": self._own[i], "others": self._others[i],
            }
            for i, (key, one) in enumerate(zip(self._keys, climbs, strict=True))
        ]  # fmt: skip


def features_file(folder: FilePath, seed: int) -> FilePath:
    """The file with the features of the pictures of an image."""
    return folder / "features" / f"seed-{seed}.safetensors"
