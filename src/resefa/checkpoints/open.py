"""A file to a record: detected by content, opened by the reader of its format."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from resefa.checkpoints import native
from resefa.checkpoints.formats import hugging_face, tfhub_biggan
from resefa.checkpoints.kind import file_kind
from resefa.checkpoints.readers import record_of
from resefa.checkpoints.record import CheckpointRecord
from resefa.checkpoints.safetensors_file import read_safetensors_file, settings_in
from resefa.checkpoints.settings import check_stated
from resefa.checkpoints.unread import refused_kind, unknown_content
from resefa.errors import ModelError, printable
from resefa.pickles import read_tree


def open_checkpoint(
    path: str | Path,
    allow: Collection[str] = (),
    entry: str | None = None,
    stated: Mapping[str, Any] | None = None,
) -> CheckpointRecord:
    """Read a checkpoint without running anything in it.

    Args:
        path: a file, or a folder of Hugging Face's BigGAN-deep or of a TF-Hub BigGAN.
        allow: globals beyond the known ones that a pickle may name. They are not imported: their objects stay data.
        entry: of a file that holds several networks, the one to take; default the averaged generator.
        stated: settings that the file does not hold, by the names in ``checkpoints.settings``; they win over the file's.

    Raises:
        ModelError: no reader knows it, or its family has no setting of a name that is stated.
        WeightsError: it is damaged, or names a global that weights do not need.
    """
    path = Path(path)
    if path.is_dir():
        _refuse_stated(stated, path.name)
        return _folder_record(path, allow)
    kind = file_kind(path)
    if kind not in ("torch-zip", "pickle", "safetensors"):
        raise refused_kind(path, kind)
    content, settings = None, None
    if kind == "safetensors":
        content, metadata = read_safetensors_file(path)
        if metadata.get("format") == native.FORMAT:
            _refuse_stated(stated, path.name)
            return native.from_file(content, metadata, path.name)
        settings = settings_in(metadata, path.name)
    else:
        content = read_tree(path, allow)
    record = record_of(content, path.name, {**(settings or {}), **stated} if stated else settings, entry)
    if record is None:
        raise unknown_content(content, path.name)
    check_stated(stated or {}, record, path.name)
    return record


def _refuse_stated(stated: Mapping[str, Any] | None, name: str) -> None:
    if stated:
        raise ModelError(f"{name} holds its settings itself; leave {printable(next(iter(stated)), 40)} out.")


def _folder_record(path: Path, allow: Collection[str]) -> CheckpointRecord:
    if hugging_face.recognises_folder(path):
        return hugging_face.folder_record(path, lambda file: read_tree(file, allow))
    if tfhub_biggan.recognises_folder(path):
        return tfhub_biggan.folder_record(path)
    raise ModelError(
        f"{path} is a folder without a model that is known: config.json beside pytorch_model.bin (Hugging Face) or "
        "variables/variables.index (TF-Hub) was expected; name a file in it."
    )
