"""The comparison: it discovers directions, matches strengths, measures images, and writes the results block by block.

Blocks of the results file, in order: ``methods``, ``transferred:<region>:<method>``, ``strengths``, ``image:<seed>``, ``distances``,
and ``robust:...`` if requested. A block in the file is not computed again, so an interrupted run resumes where it stopped.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path as FilePath

from resefa.comparison.discovery import FAILURES, Discoverer
from resefa.comparison.experiment import TRANSFERRED, Experiment
from resefa.comparison.held_out_images import SIGNS, HeldOutImages
from resefa.comparison.journal import Journal
from resefa.comparison.measures.registry import Measures
from resefa.comparison.measures.set_distances import set_records
from resefa.comparison.methods import SLOW, GivenDirections
from resefa.comparison.records import Record, check
from resefa.comparison.robustness import Robustness
from resefa.comparison.strength_matching import Path, Paths
from resefa.files.output_file import make_folder
from resefa.generators.completed import as_generator
from resefa.generators.protocol import Generator
from resefa.regions.region import Region
from resefa.runtime.progress import Progress, report_stage

_SCALED_ON = 4
"""The number of discovery images that determine the longest step of the sweeps."""
_SLOW, _EDITS, _DISTURBED = 30, 2, 20
"""Rough costs relative to a fast discovery on one image: a discovery by a slow method, the strength matching of a direction, and
the discoveries for a disturbed region. Only the time left is estimated from them."""
_UNRELATED = 32
"""The number of pairs of unrelated images, whose pair measures give a scale for those of edits."""


class Comparison:
    """A comparison whose results are in a folder; ``run`` starts or resumes the measurement.

    Args:
        robustness: also disturb the regions: region -> exact mask, for regions that have one. None: do not.
        given: directions files of the user, each a method of the experiment.

    Raises:
        UsageError: the folder holds results of other settings, or no method applies; nothing was written then.
    """

    def __init__(
        self,
        generator: Generator,
        experiment: Experiment,
        folder: FilePath,
        *,
        measures: Measures | None = None,
        robustness: Mapping[str, Region] | None = None,
        given: Sequence[GivenDirections] = (),
    ) -> None:
        generator = as_generator(generator)
        self.generator, self.folder = generator, folder
        self.measures, self.exact = measures or Measures(), robustness
        self.discoverer = Discoverer(generator, experiment, folder, given)
        self.experiment = experiment = replace(experiment, pixels=self.discoverer.pixels())
        make_folder(folder)
        experiment.check_or_save(folder)
        self.journal = Journal(folder)
        check(self.journal.records, experiment, str(self.journal.path))

    @property
    def blocks(self) -> dict[str, Callable[[], list[Record]]]:
        """All blocks of a complete run: block name -> function that computes the block's records."""
        work: dict[str, Callable[[], list[Record]]] = {"methods": self._inapplicable}
        for region in self.experiment.regions:
            for method in self.discoverer.methods:
                if self.discoverer.covers(region, method.name):
                    name = f"{TRANSFERRED}:{region}:{method.name}"
                    work[name] = lambda r=region, m=method.name: self._transferred(r, m)
        work["strengths"] = self._strengths
        for seed in self.experiment.held_out_seeds:
            work[f"image:{seed}"] = lambda seed=seed: self._held_out_images.measure(seed)
        work["distances"] = self._distances
        if self.exact is not None:
            work |= Robustness(self.discoverer, self.exact).blocks()
        return work

    def run(self, progress: Progress | None = None) -> Journal:
        """Compute and write all missing blocks."""
        blocks = self.blocks
        total, done = sum(map(self._cost, blocks)), 0
        for block, compute in blocks.items():
            if block not in self.journal.blocks:
                report_stage(progress, self._stage(block))
                self.journal.append(block, compute())
            done += self._cost(block)
            if progress is not None:
                progress(done, total)
        return self.journal

    def _cost(self, block: str) -> int:
        """Estimated cost of a block, in discoveries of a fast method on one image."""
        experiment = self.experiment
        kind, _, about = block.partition(":")
        if kind == TRANSFERRED:
            return experiment.discovery * _discovery_cost(about.rpartition(":")[2])
        if kind == "image":
            place = experiment.held_out_seeds.index(int(about))
            searched = [one.name for one in self.discoverer.methods if one.images is None or place < one.images]
            return len(experiment.regions) * (
                _EDITS * len(self.discoverer.methods) + sum(map(_discovery_cost, searched))
            )
        return _DISTURBED if kind == "robust" else 1

    def _stage(self, block: str) -> str:
        kind, _, about = block.partition(":")
        if kind == TRANSFERRED:
            region, _, method = about.rpartition(":")
            return f"{method} for {region} on {self.experiment.discovery} discovery images"
        if kind == "image":
            place = self.experiment.held_out_seeds.index(int(about))
            return f"image {place + 1} of {self.experiment.images}"
        if kind == "robust":
            return f"disturbed regions, seed {about.split(':')[-1]}"
        stages = {
            "methods": "checking which methods apply",
            "strengths": "range of strengths",
            "distances": "distances between sets",
        }
        return stages[kind]

    def _inapplicable(self) -> list[Record]:
        reasons = self.discoverer.inapplicable
        absent = [{"kind": "absent", "measure": name, "reason": why} for name, why in self.measures.absent.items()]
        return [{"kind": "inapplicable", "method": name, "reason": why} for name, why in reasons.items()] + absent

    def _transferred(self, region: str, method: str) -> list[Record]:
        about = {"setting": TRANSFERRED, "image": None, "region": region, "method": method}
        try:
            found = self.discoverer.transferred(region, method)
        except FAILURES as error:
            return [{"kind": "failure", **about, "reason": str(error)}]
        return [{"kind": "discovery", **about, **found.record()}]

    def _strengths(self) -> list[Record]:
        """The longest step of the sweeps in each latent space, with which all transferred directions reach the highest level."""
        needed: dict[tuple[str, str, str], list[float]] = {}
        directions = self.discoverer.saved()
        keys = [(*key, sign) for key in directions for sign in SIGNS]
        images = {region: self.discoverer.images_of(region)[:_SCALED_ON] for region in {key[0] for key in keys}}
        for seed in self.experiment.discovery_seeds:
            code, here = self.generator.sample(seed), [key for key in keys if seed in (images[key[0]].seeds or ())]
            paths = [Path(directions[key[:2]], self.discoverer.weights(key[0], code), key[2]) for key in here]
            if not paths:
                continue
            matched = Paths(self.generator, code, paths).matched([self.experiment.levels[-1]])
            for key, path, (step,) in zip(here, paths, matched, strict=True):
                needed.setdefault((path.direction.provenance.space, *key[:2]), []).append(step.alpha)
        longest: dict[str, float] = {}
        for (space, *_), alphas in needed.items():
            longest[space] = max(longest.get(space, 0.0), statistics.median(alphas))
        return [{"kind": "strengths", "space": space, "longest": value} for space, value in longest.items()]

    @cached_property
    def _held_out_images(self) -> HeldOutImages:
        longest = {one["space"]: one["longest"] for one in self.journal.records if one["kind"] == "strengths"}
        return HeldOutImages(self.discoverer, self.measures, self.discoverer.saved(), longest)

    def _distances(self) -> list[Record]:
        """Records of the distances between sets, and of the pair measures of unrelated images."""
        records: list[Record] = []
        seeds = self.experiment.held_out_seeds
        others = self.generator.synthesize(self.generator.sample([seeds[-1] + 1 + i for i in range(len(seeds))]))
        methods = tuple(method.name for method in self.discoverer.methods)
        for extractor in self.measures.extractors:
            features = extractor.features(others).detach().cpu().float()
            records += set_records(self.experiment, self.folder, extractor, methods, features)
        if self.measures.pairs:
            originals = self.generator.synthesize(self.generator.sample(seeds[:_UNRELATED]))
            pairs = list(zip(others.split(1), originals.split(1), strict=False))
            found = {one.name: [one.of(*pair)[0] for pair in pairs] for one in self.measures.pairs}
            records.append({"kind": "unrelated", "measures": found})
        return records


def _discovery_cost(method: str) -> int:
    return _SLOW if method in SLOW else 1
