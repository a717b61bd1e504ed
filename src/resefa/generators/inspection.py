"""Inspection of a checkpoint without running any code in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resefa.checkpoints.entries.choice import WHOLE
from resefa.checkpoints.folder import weights_of
from resefa.checkpoints.open import open_checkpoint
from resefa.checkpoints.record import CheckpointRecord
from resefa.errors import ModelError, ResefaError
from resefa.files.file_kind import file_kind
from resefa.files.input_file import file_sha256, user_path
from resefa.generators.base import BaseGenerator
from resefa.generators.output_range import NOTE as TRANSPARENCY
from resefa.generators.output_range import TRANSPARENT
from resefa.generators.registry import generator_of
from resefa.pickles import Named, named_globals
from resefa.zoo.cards import card_in_place_of_a_file, cards
from resefa.zoo.checksums import expected


@dataclass(frozen=True, eq=False)
class Inspection:
    """Result of an inspection.

    Attributes:
        size: bytes of the file, or of all files in a folder.
        sha256: hash of the file; "" for a folder.
        layout: layout of the bytes: ``"safetensors"``, ``"pickle"``, ``"torch zip"``, ``"torch stream"``...
        globals: every global that the file's pickles name.
        record, generator: those of a file that opens.
        problem: message about a file that does not open.
        licence: licence of the card with this hash, or of the converted file, or "".
    """

    path: Path
    size: int
    sha256: str
    layout: str
    globals: list[Named]
    record: CheckpointRecord | None
    generator: BaseGenerator | None
    problem: ResefaError | None
    licence: str

    def facts(self) -> dict[str, Any]:
        """Known facts as plain values, for a report."""
        facts: dict[str, Any] = {
            "file": str(self.path),
            "size": self.size,
            "sha256": self.sha256,
            "layout": self.layout,
        }
        if self.record is not None:
            facts |= _of_record(self.record)
        if self.generator is not None:
            facts |= _of_generator(self.generator)
        facts |= {"licence": self.licence, "opens": self.problem is None, "problem": str(self.problem or "")}
        facts["globals"] = [
            {"name": each.name, "byte": each.offset, "harmless": each.harmless, "remark": each.remark}
            for each in self.globals
        ]
        return {key: value for key, value in facts.items() if value not in (None, "", (), {})}


def inspect(
    path: str | Path,
    allow: Collection[str] = (),
    entry: str | None = None,
    stated: Mapping[str, Any] | None = None,
) -> Inspection:
    """Inspect a checkpoint.

    Args:
        allow: further globals that a pickle may name; see ``resefa.load``.
        entry: network to inspect in a file of several; default: that of ``resefa.load``.
        stated: settings that the file does not contain; see ``resefa.load``.

    Raises:
        ModelError: the file does not exist.
    """
    path = user_path(path)
    if not path.exists() and (hint := card_in_place_of_a_file(str(path))):
        raise ModelError(hint)
    folder = path.is_dir()
    layout, found, record, generator, problem = "folder" if folder else file_kind(path), [], None, None, None
    try:
        if layout in ("pickle", "torch-zip"):
            layout, found = named_globals(path)
        elif folder and (weights := weights_of(path)) is not None and file_kind(weights) in ("pickle", "torch-zip"):
            found = named_globals(weights)[1]
        record = open_checkpoint(path, allow, entry, stated)
        generator = generator_of(record, path.stem)
    except ResefaError as error:
        problem = error
    digest = "" if folder else file_sha256(path)
    size = sum(each.stat().st_size for each in path.iterdir() if each.is_file()) if folder else path.stat().st_size
    licence = _licence(digest, record)
    return Inspection(path, size, digest, layout, found, record, generator, problem, licence)


def _licence(digest: str, record: CheckpointRecord | None) -> str:
    of_original = record.source.origin if record is not None else {}
    hashes = {digest, of_original.get("sha256", "")} - {""}
    for known in cards():
        for file in known.parts:
            # A damaged pin does not concern this file.
            with suppress(ResefaError):
                wanted = expected(known, file)
                if wanted is not None and wanted.sha256 in hashes:
                    return known.licence
    return of_original.get("licence", "")


def _of_record(record: CheckpointRecord) -> dict[str, Any]:
    notes = list(record.source.notes)
    if record.config.get("channels") == TRANSPARENT and record.family != "stylegan2-lucidrains":
        notes.append(TRANSPARENCY)
    types = Counter(str(value.dtype).removeprefix("torch.") for value in record.tensors.values())
    return {
        "format": record.source.format,
        "converted from": dict(record.source.origin),
        "entry": record.source.entry or WHOLE,
        "other entries": list(record.source.others) or None,
        "training step": record.source.step,
        "notes": notes or None,
        "family": record.family,
        "tensors": len(record.tensors),
        "parameters": sum(value.numel() for value in record.tensors.values()),
        "precision": ", ".join(types),
        "configuration": dict(record.config),
    }


def _of_generator(generator: BaseGenerator) -> dict[str, Any]:
    return {
        "resolution": list(generator.resolution),
        "channels": generator.channels,
        "spaces": {name: list(space.shape) for name, space in generator.spaces.items()},
        "layers": list(generator.layer_resolutions) or None,
        "classes": generator.classes,
    }
