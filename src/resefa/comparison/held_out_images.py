"""Everything that is measured on one held-out image: all methods, regions, sides and levels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path as FilePath

import torch
from torch import Tensor

from resefa.comparison.discovery import FAILURES, Discoverer, TimedCache
from resefa.comparison.experiment import CARRIED, OWN, Experiment
from resefa.comparison.measures.registry import Measures
from resefa.comparison.records import Record
from resefa.comparison.stored_images import Key, keep_features, keep_pictures
from resefa.comparison.strength_matching import Path, Paths
from resefa.directions.directions import Direction
from resefa.generators.protocol import Generator

SIGNS = (1, -1)


class ImageBlock:
    """Measures held-out images one after the other.

    Args:
        carried: (region, method) -> the direction that is carried over.
        longest: latent space -> the last step of the sweeps over raw strengths.
    """

    def __init__(
        self,
        generator: Generator,
        experiment: Experiment,
        folder: FilePath,
        discoverer: Discoverer,
        measures: Measures,
        carried: Mapping[tuple[str, str], Direction],
        longest: Mapping[str, float],
    ) -> None:
        self.generator, self.experiment, self.folder = generator, experiment, folder
        self.discoverer, self.measures, self.carried, self.longest = discoverer, measures, carried, longest

    def measure(self, seed: int) -> list[Record]:
        """The records of the image of this seed; its pictures and features are written."""
        experiment = self.experiment
        code = self.generator.sample(seed)
        place = experiment.held_out_seeds.index(seed)
        records: list[Record] = []
        directions: dict[tuple[str, str, str], Direction] = {}
        cache = TimedCache()
        for region in experiment.regions:
            for method in self.discoverer.methods:
                if method.images is not None and place >= method.images:
                    continue
                about = {"setting": OWN, "image": seed, "region": region, "method": method.name}
                try:
                    found = self.discoverer.own(code, region, method.name, cache)
                except FAILURES as error:
                    records.append({"kind": "failure", **about, "reason": str(error)})
                    continue
                records.append({"kind": "discovery", **about, **found.facts()})
                directions[OWN, region, method.name] = found.direction
        directions |= {(CARRIED, *key): direction for key, direction in self.carried.items()}
        keys: list[Key] = [(*key, sign) for key in directions for sign in SIGNS]
        weights = self.discoverer.weights
        paths = Paths(
            self.generator, code, [Path(directions[key[:3]], weights[key[1]], key[3]) for key in keys]
        )  # fmt: skip
        matched = paths.matched(experiment.levels)
        reference = experiment.levels.index(experiment.reference)
        edits = dict(
            zip(keys, paths.images(range(len(keys)), [steps[reference].alpha for steps in matched]), strict=True)
        )
        judged = self._judged(edits, paths.original)
        for key, steps in zip(keys, matched, strict=True):
            for i, (level, step) in enumerate(zip(experiment.levels, steps, strict=True)):
                records.append({
                    "kind": "edit", **_about(key, seed), "level": level, "sign": key[3], "alpha": step.alpha,
                    "inside": step.inside, "outside": step.outside, "attained": step.attained,
                    **({"measures": judged[key]} if i == reference and self.measures.pairs else {}),
                })  # fmt: skip
        records += self._sweeps(seed, keys, paths)
        for extractor in self.measures.extractors:
            keep_features(self.folder, seed, extractor, paths.original, edits)
        if place < experiment.shown:
            keep_pictures(self.folder, seed, paths.original, {name: one.edit for name, one in weights.items()}, edits)
        return records

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
        return [
            {
                "kind": "sweep", **_about(key, seed), "sign": key[3], "alphas": alphas[part],
                "inside": inside[part].tolist(), "outside": outside[part].tolist(),
            }
            for i, key in enumerate(keys)
            for part in [slice(i * count, (i + 1) * count)]
        ]  # fmt: skip


def _about(key: Key, seed: int) -> Record:
    setting, region, method, _ = key
    return {"setting": setting, "image": seed, "region": region, "method": method}
