"""The experiment itself: directions found, strengths matched, images judged, written down block by block.

Blocks of the results file, in their order: ``methods``, ``carried:<region>:<method>``, ``strengths``, ``image:<seed>``, ``distances``,
and ``robust:...`` where it was asked for. A block that is there is not made again, so a run that was cut goes on where it was.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path as FilePath

from resefa.comparison.discovery import FAILURES, Discoverer
from resefa.comparison.experiment import CARRIED, Experiment
from resefa.comparison.held_out_images import SIGNS, ImageBlock
from resefa.comparison.journal import Journal
from resefa.comparison.measures.registry import Measures
from resefa.comparison.measures.set_distances import set_records
from resefa.comparison.methods import GivenDirections
from resefa.comparison.records import Record, check
from resefa.comparison.robustness import Robustness
from resefa.comparison.strength_matching import Path, Paths
from resefa.files.output_file import make_folder
from resefa.generators.protocol import Generator
from resefa.regions.region import Region
from resefa.runtime.progress import Progress

_SCALED_ON = 4
"""Discovery images on which the longest strength of the sweeps is settled."""
_SLOW, _EDITS, _DISTURBED = 30, 2, 20
"""Rough prices beside the search of a fast method on one image: that of LowRankGAN, matching the strengths of a direction,
and a search for each disturbed region. They serve the time left alone."""
_STRANGERS = 32
"""Pairs of unrelated images that the measures of pairs are shown, for scale."""


def _search(method: str) -> int:
    return _SLOW if method == "low-rank" else 1


class Run:
    """A comparison in a folder; ``go`` begins it or goes on with it.

    Args:
        robustness: also disturb the regions; region -> its exact mask, of those that have one. None: do not.
        stage: told in a few words what begins.
        given: directions that a person brings, each a method of the experiment.

    Raises:
        UsageError: the folder holds results of other settings, or none of the methods applies; then nothing was written.
    """

    def __init__(
        self,
        generator: Generator,
        experiment: Experiment,
        folder: FilePath,
        *,
        measures: Measures | None = None,
        progress: Progress | None = None,
        robustness: Mapping[str, Region] | None = None,
        stage: Callable[[str], None] | None = None,
        given: Sequence[GivenDirections] = (),
    ) -> None:
        self.generator, self.folder = generator, folder
        self.measures = measures or Measures()
        self.discoverer = Discoverer(generator, experiment, folder, given)
        pixels = {name: weights.fingerprint for name, weights in self.discoverer.weights.items()}
        self.experiment = experiment = replace(experiment, pixels=pixels)
        self._progress, self._stage = progress, stage
        self.exact = robustness
        make_folder(folder)
        experiment.keep_in(folder)
        self.journal = Journal(folder)
        check(self.journal.records, experiment, str(self.journal.path))

    @property
    def blocks(self) -> dict[str, Callable[[], list[Record]]]:
        """All blocks of a whole run, and how each is made."""
        work: dict[str, Callable[[], list[Record]]] = {"methods": self._inapplicable}
        for region in self.experiment.regions:
            for method in self.discoverer.methods:
                if self.discoverer.searches(region, method.name):
                    work[f"carried:{region}:{method.name}"] = lambda r=region, m=method.name: self._carried(r, m)
        work["strengths"] = self._strengths
        for seed in self.experiment.held_out_seeds:
            work[f"image:{seed}"] = lambda seed=seed: self._image_block.measure(seed)
        work["distances"] = self._sets
        if self.exact is not None:
            work |= Robustness(self.generator, self.experiment, self.discoverer, self.exact).blocks()
        return work

    def go(self) -> Journal:
        """Make all blocks that are missing."""
        blocks = self.blocks
        total, done = sum(map(self._work, blocks)), 0
        for block, make in blocks.items():
            if block not in self.journal.blocks:
                if self._stage is not None:
                    self._stage(self._words(block))
                self.journal.append(block, make())
            done += self._work(block)
            if self._progress is not None:
                self._progress(done, total)
        return self.journal

    def _work(self, block: str) -> int:
        """About how long a block takes beside others, in searches of a fast method on one image, for the time left."""
        experiment = self.experiment
        kind, _, about = block.partition(":")
        if kind == "carried":
            return experiment.discovery * _search(about.rpartition(":")[2])
        if kind == "image":
            place = experiment.held_out_seeds.index(int(about))
            searched = [one.name for one in self.discoverer.methods if one.images is None or place < one.images]
            return len(experiment.regions) * (_EDITS * len(self.discoverer.methods) + sum(map(_search, searched)))
        return _DISTURBED if kind == "robust" else 1

    def _words(self, block: str) -> str:
        kind, _, about = block.partition(":")
        if kind == "carried":
            region, _, method = about.rpartition(":")
            return f"{method} for {region} on {self.experiment.discovery} discovery images"
        if kind == "image":
            place = self.experiment.held_out_seeds.index(int(about))
            return f"image {place + 1} of {self.experiment.images}"
        if kind == "robust":
            return f"regions disturbed, {about.split(':')[-1]}"
        return {
            "methods": "which methods apply",
            "strengths": "range of strengths",
            "distances": "distances between sets",
        }[kind]

    def _inapplicable(self) -> list[Record]:
        reasons = {**self.discoverer.inapplicable}
        absent = [{"kind": "absent", "measure": name, "reason": why} for name, why in self.measures.absent.items()]
        return [{"kind": "inapplicable", "method": name, "reason": why} for name, why in reasons.items()] + absent

    def _carried(self, region: str, method: str) -> list[Record]:
        about = {"setting": CARRIED, "image": None, "region": region, "method": method}
        try:
            found = self.discoverer.carried(region, method)
        except FAILURES as error:
            return [{"kind": "failure", **about, "reason": str(error)}]
        return [{"kind": "discovery", **about, **found.facts()}]

    def _strengths(self) -> list[Record]:
        """Per latent space, how far the sweeps go: what the slowest of the carried directions needs for the highest level."""
        needed: dict[tuple[str, str, str], list[float]] = {}
        carried = self.discoverer.kept()
        keys = [(*key, sign) for key in carried for sign in SIGNS]
        for seed in self.experiment.discovery_seeds[:_SCALED_ON]:
            paths = [Path(carried[key[:2]], self.discoverer.weights[key[0]], key[2]) for key in keys]
            matched = Paths(self.generator, self.generator.sample(seed), paths).matched([self.experiment.levels[-1]])
            for key, path, (step,) in zip(keys, paths, matched, strict=True):
                needed.setdefault((path.direction.provenance.space, *key[:2]), []).append(step.alpha)
        longest: dict[str, float] = {}
        for (space, *_), alphas in needed.items():
            longest[space] = max(longest.get(space, 0.0), statistics.median(alphas))
        return [{"kind": "strengths", "space": space, "longest": value} for space, value in longest.items()]

    @cached_property
    def _image_block(self) -> ImageBlock:
        longest = {one["space"]: one["longest"] for one in self.journal.records if one["kind"] == "strengths"}
        return ImageBlock(
            self.generator,
            self.experiment,
            self.folder,
            self.discoverer,
            self.measures,
            self.discoverer.kept(),
            longest,
        )

    def _sets(self) -> list[Record]:
        """Distances between sets, and what the measures of pairs say of two images that have nothing to do with each other."""
        records: list[Record] = []
        seeds = self.experiment.held_out_seeds
        others = self.generator.synthesize(self.generator.sample([seeds[-1] + 1 + i for i in range(len(seeds))]))
        methods = tuple(method.name for method in self.discoverer.methods)
        for extractor in self.measures.extractors:
            features = extractor.features(others).detach().cpu().float()
            records += set_records(self.experiment, self.folder, extractor, methods, features)
        if self.measures.pairs:
            originals = self.generator.synthesize(self.generator.sample(seeds[:_STRANGERS]))
            pairs = list(zip(others.split(1), originals.split(1), strict=False))
            found = {one.name: [one.of(*pair)[0] for pair in pairs] for one in self.measures.pairs}
            records.append({"kind": "strangers", "measures": found})
        return records
