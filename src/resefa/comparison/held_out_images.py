"""Measurements on held-out images: all methods, regions, signs and levels, image by image, with pictures and features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from resefa.comparison.discovery import FAILURES, Discoverer, TimedCache
from resefa.comparison.experiment import PER_IMAGE, TRANSFERRED
from resefa.comparison.measures.registry import Measures
from resefa.comparison.records import Record
from resefa.comparison.stored_images import Key, store_features, store_pictures
from resefa.comparison.strength_matching import Path, Paths
from resefa.directions.directions import Direction
from resefa.errors import RegionError
from resefa.latents.code import LatentCode
from resefa.regions.weights import RegionWeights

SIGNS = (1, -1)
Case = tuple[str, str, str]
"""The setting, region and method of a direction."""


class HeldOutImages:
    """Measurements of held-out images, one image at a time.

    Args:
        transferred: (region, method) -> transferred direction.
        longest: latent space -> last step of the sweeps over raw strengths.
    """

    def __init__(
        self,
        discoverer: Discoverer,
        measures: Measures,
        transferred: Mapping[tuple[str, str], Direction],
        longest: Mapping[str, float],
    ) -> None:
        self.discoverer, self.measures, self.transferred, self.longest = discoverer, measures, transferred, longest
        self.generator, self.experiment, self.folder = discoverer.generator, discoverer.experiment, discoverer.folder

    def measure(self, seed: int) -> list[Record]:
        """The records of the image with this seed; its pictures and features are written to the folder."""
        code = self.generator.sample(seed)
        weights, reasons = self._weights(code)
        records, directions = self._discover(code, seed, reasons)
        transferred = {(TRANSFERRED, *key): direction for key, direction in self.transferred.items()}
        for case, direction in transferred.items():
            if case[1] in weights:
                directions[case] = direction
            else:
                records.append({"kind": "failure", **_about(case, seed), "reason": reasons[case[1]]})
        keys: list[Key] = [(*case, sign) for case in directions for sign in SIGNS]
        paths = Paths(
            self.generator, code, [Path(directions[key[:3]], weights[key[1]], key[3]) for key in keys]
        )  # fmt: skip
        edit_records, edits = self._edits(seed, keys, paths)
        records += edit_records + self._sweeps(seed, keys, paths)
        for extractor in self.measures.extractors:
            store_features(self.folder, seed, extractor, paths.original, edits)
        if self._place(seed) < self.experiment.shown:
            nowhere = paths.original.new_zeros(paths.original.shape[-2:])
            outlines = {name: weights[name].edit if name in weights else nowhere for name in self.experiment.regions}
            store_pictures(self.folder, seed, paths.original, outlines, edits)
        return records

    def _place(self, seed: int) -> int:
        return self.experiment.held_out_seeds.index(seed)

    def _weights(self, code: LatentCode) -> tuple[dict[str, RegionWeights], dict[str, str]]:
        """The weights of each region on the image, and why a region has none: the image lacks the parts that it names."""
        weights: dict[str, RegionWeights] = {}
        reasons: dict[str, str] = {}
        for region in self.experiment.regions:
            try:
                weights[region] = self.discoverer.weights(region, code)
            except RegionError as error:
                reasons[region] = str(error)
        return weights, reasons

    def _discover(
        self, code: LatentCode, seed: int, reasons: Mapping[str, str]
    ) -> tuple[list[Record], dict[Case, Direction]]:
        """The per-image directions, with a record of each discovery or failure; ``reasons``: of regions that the image lacks."""
        records: list[Record] = []
        directions: dict[Case, Direction] = {}
        cache = TimedCache()
        for region in self.experiment.regions:
            for method in self.discoverer.methods:
                if method.images is not None and self._place(seed) >= method.images:
                    continue
                case = (PER_IMAGE, region, method.name)
                if region in reasons:
                    records.append({"kind": "failure", **_about(case, seed), "reason": reasons[region]})
                    continue
                try:
                    found = self.discoverer.per_image(code, region, method.name, cache)
                except FAILURES as error:
                    records.append({"kind": "failure", **_about(case, seed), "reason": str(error)})
                    continue
                records.append({"kind": "discovery", **_about(case, seed), **found.record()})
                directions[case] = found.direction
        return records, directions

    def _edits(self, seed: int, keys: list[Key], paths: Paths) -> tuple[list[Record], dict[Key, Tensor]]:
        """Records of all edits at all levels, and the edited images at the reference level."""
        levels = self.experiment.levels
        matched = paths.matched(levels)
        reference = levels.index(self.experiment.reference)
        images = paths.images(range(len(keys)), [steps[reference].alpha for steps in matched])
        edits = dict(zip(keys, images, strict=True))
        judged = self._judged(edits, paths.original)
        records: list[Record] = []
        for key, steps in zip(keys, matched, strict=True):
            for i, (level, step) in enumerate(zip(levels, steps, strict=True)):
                measures: dict[str, Any] = {"measures": judged[key]} if i == reference and self.measures.pairs else {}
                records.append({
                    "kind": "edit", **_about(key[:3], seed), "level": level, "sign": key[3], "alpha": step.alpha,
                    "inside": step.change.inside, "outside": step.change.outside, "attained": step.attained, **measures,
                })  # fmt: skip
        return records, edits

    def _judged(self, edits: Mapping[Key, Tensor], original: Tensor) -> dict[Key, dict[str, float | None]]:
        found: dict[Key, dict[str, float | None]] = {key: {} for key in edits}
        images = torch.stack(list(edits.values())) if edits else original[:0]
        for measure in self.measures.pairs:
            for key, value in zip(edits, measure.of(images, original), strict=True):
                found[key][measure.name] = value
        return found

    def _sweeps(self, seed: int, keys: list[Key], paths: Paths) -> list[Record]:
        count = self.experiment.strengths
        chosen = [i for i in range(len(keys)) for _ in range(count)]
        alphas = [
            self.longest[path.direction.provenance.space] * (step + 1) / count
            for path in paths.paths
            for step in range(count)
        ]
        inside, outside = paths.changes(chosen, alphas)
        parts = [slice(i * count, (i + 1) * count) for i in range(len(keys))]
        return [
            {
                "kind": "sweep", **_about(key[:3], seed), "sign": key[3], "alphas": alphas[part],
                "inside": inside[part].tolist(), "outside": outside[part].tolist(),
            }
            for key, part in zip(keys, parts, strict=True)
        ]  # fmt: skip


def _about(case: Case, seed: int) -> Record:
    setting, region, method = case
    return {"setting": setting, "image": seed, "region": region, "method": method}
