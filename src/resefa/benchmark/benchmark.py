"""The benchmark: it reads samples, finds directions, measures images, and writes the results block by block.

Blocks of the results file, in order: ``samples``, ``transferred:<case>``, ``image:<seed>``, ``distances`` and ``factors``. A block in the
file is not computed again, so an interrupted run resumes where it stopped.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from resefa.benchmark.attributes import Reader
from resefa.benchmark.discovery import CaseDiscovery, PartsCache
from resefa.benchmark.distances import distance_records
from resefa.benchmark.factors import factor_records
from resefa.benchmark.image_edits import ImageEdits, Judges
from resefa.benchmark.part_regions import PartRegions
from resefa.benchmark.realism import DrawnLook
from resefa.benchmark.records import Record, parse_record
from resefa.benchmark.samples import Samples, distinction, read_samples, stored_samples
from resefa.benchmark.settings import TRANSFERRED, Settings
from resefa.comparison.discovery import FAILURES
from resefa.comparison.journal import Journal
from resefa.errors import UsageError
from resefa.files.output_file import make_folder
from resefa.generators.base import BaseGenerator
from resefa.generators.completed import as_generator
from resefa.generators.protocol import Generator
from resefa.regions.image_parts import Segmenter
from resefa.runtime.progress import Progress, report_stage


class Benchmark:
    """A benchmark of region editing with known truth, whose results are in a folder; ``run`` starts or resumes the measurement.

    Args:
        generator: of a drawn world, such as ``toon-faces``.
        settings: of the measurement; the fingerprints of the networks are filled in.
        folder: for the results.
        reader: reads the attributes of pictures.
        segmenter: labels the parts of pictures.

    Raises:
        UsageError: the folder holds results of other settings; nothing was written then.
    """

    def __init__(
        self, generator: Generator, settings: Settings, folder: Path, *, reader: Reader, segmenter: Segmenter
    ) -> None:
        self.generator: BaseGenerator = as_generator(generator)
        self.settings: Settings = replace(settings, reader=reader.fingerprint, segmenter=segmenter.fingerprint)
        self.folder, self.reader, self.segmenter = folder, reader, segmenter
        self.generator = copy.copy(self.generator)
        self.generator.segmenter = segmenter
        make_folder(folder)
        self.settings.check_or_save(folder)
        self.journal = Journal(folder, parse_record)

    @property
    def blocks(self) -> dict[str, Callable[[Progress | None], list[Record]]]:
        """All blocks of a complete run: block name -> function that computes the block's records."""
        work: dict[str, Callable[[Progress | None], list[Record]]] = {"samples": self._read_samples}
        for case in self.settings.cases if self.settings.discovery else ():
            work[f"{TRANSFERRED}:{case.name}"] = lambda _, name=case.name: self._transferred(name)
        for seed in self.settings.seeds:
            work[f"image:{seed}"] = lambda _, seed=seed: self._edits.measure(seed)
        work["distances"] = lambda _: self._distances()
        if self.settings.discovery:
            work["factors"] = lambda _: self._factors()
        return work

    def run(self, progress: Progress | None = None) -> Journal:
        """Compute and write all missing blocks."""
        blocks = self.blocks
        for done, (block, compute) in enumerate(blocks.items()):
            if progress is not None:
                progress(done, len(blocks))
            if block in self.journal.blocks:
                continue
            report_stage(progress, self._stage(block))
            start = time.perf_counter()
            records = compute(progress)
            seconds = time.perf_counter() - start
            self.journal.append(block, [*records, {"kind": "timing", "part": block, "seconds": seconds}])
        if progress is not None:
            progress(len(blocks), len(blocks))
        return self.journal

    def _stage(self, block: str) -> str:
        kind, _, about = block.partition(":")
        if kind == TRANSFERRED:
            return f"{self.settings.case(about).title} on {self.settings.discovery} discovery images"
        if kind == "image":
            return f"image {self.settings.seeds.index(int(about)) + 1} of {len(self.settings.seeds)}"
        return {"samples": "reading samples", "distances": "distances between sets", "factors": "DCI and SAP"}[kind]

    @cached_property
    def _measured(self) -> BaseGenerator:
        """The generator of images of the measured size."""
        size = self.settings.measured_at
        return self.generator if size == self.generator.resolution[0] else self.generator.at_resolution(size)

    def _read_samples(self, progress: Progress | None) -> list[Record]:
        records = read_samples(self._measured, self.reader, self.settings, self.folder)
        samples = self._stored_samples(records)
        look = DrawnLook.of(samples.generated.features)
        beyond = float((look.distances(samples.drawn) > look.threshold).float().mean())
        about = {"threshold": look.threshold, "samples": self.settings.samples, "drawn_beyond": beyond}
        return [*records, {"kind": "look", **about}]

    def _stored_samples(self, records: list[Record]) -> Samples:
        names = {one["attribute"]: tuple(one["kinds"]) for one in records if one["kind"] == "reader" and one["kinds"]}
        return stored_samples(self.folder, self.settings, names)

    @cached_property
    def _samples(self) -> Samples:
        return self._stored_samples(self.journal.records)

    @cached_property
    def _discovery(self) -> CaseDiscovery:
        read = distinction(self.journal.records, self.settings).kinds
        used = tuple(part for part in self.settings.regions if part in read)
        if not used:
            raise UsageError(
                f"The reader reads none of the parts {', '.join(self.settings.regions)} with an accuracy of {self.settings.least_accuracy:.0%}; choose different parts."
            )
        settings = replace(self.settings, regions=used)
        parts = PartRegions(self._measured, self.generator, self.segmenter, self.reader, settings)
        return CaseDiscovery(self.generator, parts.settings, parts, self._samples, self.folder)

    def _transferred(self, name: str) -> list[Record]:
        records: list[Record] = []
        case, cache = self.settings.case(name), PartsCache()
        for part in self._discovery.settings.regions:
            about = {"setting": TRANSFERRED, "image": None, "region": part, "case": name}
            try:
                found, cost = self._discovery.transferred(part, case, cache)
            except FAILURES as error:
                records.append({"kind": "failure", **about, "reason": str(error)})
                continue
            records.append({
                "kind": "discovery", **about, "seconds": cost.total, "jacobian_seconds": cost.jacobian,
                "directions": len(found), "status": found.status[:2000],
            })  # fmt: skip
        return records

    @cached_property
    def _edits(self) -> ImageEdits:
        look = DrawnLook.of(self._samples.generated.features)
        judges = Judges(self.reader, look, distinction(self.journal.records, self.settings))
        return ImageEdits(
            self._measured, self._discovery, judges, self._discovery.saved(self.settings.cases), self.folder
        )

    def _distances(self) -> list[Record]:
        sides = [record for record in self.journal.records if record["kind"] == "side"]
        samples = self._samples
        return distance_records(self.folder, self.settings, sides, samples.generated.features, samples.drawn)

    def _factors(self) -> list[Record]:
        first = {key: found[0] for key, found in self._discovery.saved(self.settings.cases).items()}
        straight = tuple(case for case in self.settings.cases if not case.curved)
        return factor_records(self.generator, self._samples, straight, first)
