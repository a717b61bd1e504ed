"""Unedited samples of the generator and drawn heads, both read once: the scale of every later reading.

Drawn heads, whose attributes are known, give the reader's accuracy and errors; unedited samples give the threshold of *looks drawn*, the
labels of methods that learn from labels, and the codes and factors of DCI and SAP.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from resefa.benchmark.attributes import Distinction, PictureAttributes, Reader, read_pictures
from resefa.benchmark.records import Record
from resefa.benchmark.settings import Settings
from resefa.errors import UsageError
from resefa.files import tensor_file
from resefa.files.output_file import write_bytes
from resefa.generators.base import BaseGenerator
from resefa.methods.samples import population_seeds
from resefa.runtime.progress import Progress
from resefa.types import Features
from resefa.worlds import ToonAttributes, ToonWorld

DRAWN_SEED = 18_000_000
"""The seed of the drawn heads, which no training of the reader uses."""
_BATCH = 32
_FILES = {"generated": "samples.safetensors", "drawn": "drawn.safetensors"}
LARGEST = 2**28


@dataclass(frozen=True, eq=False)
class Samples:
    """Attributes of unedited samples and features of drawn heads.

    Attributes:
        generated: attributes of the generator's images with the seeds ``seeds``.
        drawn: features (n, d) of drawn heads.
    """

    seeds: list[int]
    generated: PictureAttributes
    drawn: Features

    def labels(self, attribute: str, fewest: int, confidence: float) -> Tensor:
        """One column for each kind of the attribute with ``fewest`` confident samples: 1 if a sample has the kind, else -1."""
        kinds, sure = self.generated.kinds[attribute], self.generated.confidence[attribute] >= confidence
        columns = [(kinds == kind) & sure for kind in range(len(self.generated.names[attribute]))]
        enough = [column for column in columns if fewest <= int(column.sum()) <= len(kinds) - fewest]
        if not enough:
            return torch.zeros(len(kinds), 0)
        return torch.stack(enough, 1).float() * 2 - 1


def read_samples(
    generator: BaseGenerator, reader: Reader, settings: Settings, folder: Path, progress: Progress | None = None
) -> list[Record]:
    """Read the samples and the drawn heads, store them in the folder, and return the records of the reader's accuracy.

    Args:
        generator: gives images of the measured size.
        progress: called with the number of pictures read and their total number.
    """
    total = settings.samples + settings.drawn
    seeds = population_seeds(settings.samples)
    parts: list[PictureAttributes] = []
    for start in range(0, len(seeds), _BATCH):
        parts.append(read_pictures(reader, generator.synthesize(generator.sample(seeds[start : start + _BATCH]))))
        if progress is not None:
            progress(start, total)
    generated = PictureAttributes.joined(parts)
    world = ToonWorld(size=settings.measured_at)
    heads = world.sample(settings.drawn, DRAWN_SEED)
    parts = []
    for start in range(0, settings.drawn, _BATCH):
        parts.append(read_pictures(reader, world.draw(heads[start : start + _BATCH]).images))
        if progress is not None:
            progress(settings.samples + start, total)
    drawn = PictureAttributes.joined(parts)
    for name, each in (("generated", generated), ("drawn", drawn)):
        write_bytes(folder / _FILES[name], tensor_file.to_bytes(_tensors(each), {}))
    return _accuracies(drawn, heads, generated, settings)


def stored_samples(folder: Path, settings: Settings, names: Mapping[str, tuple[str, ...]]) -> Samples:
    """The samples that ``read_samples`` stored.

    Args:
        names: attribute -> names of its kinds.

    Raises:
        UsageError: a file is missing or damaged.
    """
    generated, _ = tensor_file.load_tensors(folder / _FILES["generated"], LARGEST, raises=UsageError)
    drawn, _ = tensor_file.load_tensors(folder / _FILES["drawn"], LARGEST, raises=UsageError)

    def of(field: str) -> dict[str, Tensor]:
        return {key.partition("|")[2]: value for key, value in generated.items() if key.startswith(f"{field}|")}

    kinds = {name: indices.long() for name, indices in of("kinds").items()}
    visible = {name: shown > 0 for name, shown in of("visible").items()}
    found = PictureAttributes(names, kinds, of("confidence"), visible, of("values"), generated["features"])
    return Samples(population_seeds(settings.samples), found, drawn["features"])


def distinction(records: list[Record], settings: Settings) -> Distinction:
    """The rule for attributes that differ, from the records of the reader's accuracy."""
    read = [record for record in records if record["kind"] == "reader"]
    kinds = tuple(one["attribute"] for one in read if one["accuracy"] is not None and one["used"])
    errors = {one["attribute"]: torch.tensor(one["errors"]) for one in read if one["accuracy"] is None and one["used"]}
    return Distinction(settings.confidence, settings.tolerance, settings.colour_change, errors, kinds)


def _accuracies(
    drawn: PictureAttributes, heads: ToonAttributes, generated: PictureAttributes, settings: Settings
) -> list[Record]:
    records: list[Record] = []
    for name, kinds in drawn.kinds.items():
        right = kinds == torch.from_numpy(heads.kinds[name].copy())
        seen, sure = drawn.confidence[name] > 0, drawn.confidence[name] >= settings.confidence
        counted = _mean(right[sure])
        records.append({
            "kind": "reader", "attribute": name, "kinds": list(drawn.names[name]), "accuracy": _mean(right[seen]),
            "confident_accuracy": counted, "errors": [], "confident_drawn": _mean(sure),
            "confident": _mean(generated.confidence[name] >= settings.confidence),
            "used": counted >= settings.least_accuracy,
        })  # fmt: skip
    for name, values in drawn.values.items():
        truth = torch.from_numpy((heads.pose if name == "pose" else heads.colours[name]).copy())
        seen = drawn.visible.get(name, torch.ones(len(values), dtype=torch.bool))
        errors = (values - truth)[seen].square().mean(0).sqrt().nan_to_num(0.0).tolist()
        records.append({
            "kind": "reader", "attribute": name, "kinds": [], "accuracy": None,
            "confident_accuracy": None, "errors": errors, "confident_drawn": None, "confident": None, "used": True,
        })  # fmt: skip
    return records


def _mean(values: Tensor) -> float:
    """The fraction of true values; 0 without values."""
    return float(values.float().mean()) if len(values) else 0.0


def _tensors(found: PictureAttributes) -> dict[str, Tensor]:
    tensors = {"features": found.features}
    for field in ("kinds", "confidence", "visible", "values"):
        for name, values in getattr(found, field).items():
            tensors[f"{field}|{name}"] = values.float().contiguous()
    return tensors
