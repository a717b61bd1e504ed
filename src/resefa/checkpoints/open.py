"""``open_checkpoint``: from a file or folder to a ``CheckpointRecord``, by the file's content."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from resefa.checkpoints import folder, native
from resefa.checkpoints.detect import record_of
from resefa.checkpoints.formats import hugging_face
from resefa.checkpoints.formats.tfhub import folder as tfhub_folder
from resefa.checkpoints.record import CheckpointRecord
from resefa.checkpoints.safetensors_file import read_safetensors_file, settings_in
from resefa.checkpoints.settings import check_stated
from resefa.checkpoints.unsupported import NotBuiltError, named_by_classes, refused_kind, unknown_content
from resefa.errors import ModelError, ResefaError, WeightsError, printable
from resefa.files.file_kind import file_kind
from resefa.pickles import UnknownGlobalsError, read_tree, shown, to_allow


def open_checkpoint(
    path: str | Path,
    allow: Collection[str] = (),
    entry: str | None = None,
    stated: Mapping[str, Any] | None = None,
) -> CheckpointRecord:
    """Read a checkpoint without running any code in it.

    Args:
        path: a file; or a folder of a model hub, with one weights file or its shards; or the folder of a TF-Hub BigGAN.
        allow: further globals that a pickle may name, ``"package.*"`` for all of a package. They are not imported: their
            objects stay data.
        entry: name of the network to take from a file of several; default the averaged generator.
        stated: settings that the file does not contain, by the names in ``checkpoints.settings``; they override the file.

    Raises:
        ModelError: no reader recognises the file, it holds several equally plausible generators, or its family has no
            setting of a stated name.
        WeightsError: the file is damaged, or names a global that weights do not need.
    """
    path = Path(path)
    if path.is_dir() and tfhub_folder.recognises_folder(path):
        _refuse_stated(stated, path.name)
        return tfhub_folder.folder_record(path)
    # A folder, or an index of shards in a folder, may have a config.json with settings.
    within = path if path.is_dir() else path.parent if path.name.endswith(folder.INDEX) else None
    weights = folder.weights_in(path) if path.is_dir() else path
    if weights.name.endswith(folder.INDEX):
        content, metadata = folder.shards(weights, lambda file: _content(file, allow)[0]), {}
    else:
        if not within:
            folder.refuse_shard(path)
        content, metadata = _content(weights, allow)
    if metadata.get("format") == native.FORMAT:
        _refuse_stated(stated, path.name)
        return _of_entry(native.from_file(content, metadata, path.name), path.name, entry)
    if within and hugging_face.recognises(content):
        _refuse_stated(stated, path.name)
        return hugging_face.folder_record(within, content, weights.name)
    settings = settings_in(metadata, path.name)
    if within and settings is None:
        settings = folder.settings_in(within)
    record = record_of(content, path.name, {**(settings or {}), **stated} if stated else settings, entry)
    if record is None:
        raise unknown_content(content, path.name)
    check_stated(stated or {}, record, path.name)
    return record


def _refuse_stated(stated: Mapping[str, Any] | None, name: str) -> None:
    if stated:
        raise ModelError(f"{name} already holds its settings; leave {printable(next(iter(stated)), 40)} out.")


def _of_entry(record: CheckpointRecord, name: str, entry: str | None) -> CheckpointRecord:
    """The record; ModelError if ``entry`` does not name the only network in the file."""
    if entry is not None and entry != record.source.entry:
        raise ModelError(
            f"{name} holds a single generator, converted from {printable(record.source.entry or 'a whole file')}, so it has no entry {printable(entry)}; leave the entry out."
        )
    return record


def _content(path: Path, allow: Collection[str]) -> tuple[Any, Mapping[str, str]]:
    """Content of a file, and the metadata of a safetensors file."""
    kind = file_kind(path)
    if kind == "safetensors":
        return read_safetensors_file(path)
    if kind not in ("torch-zip", "pickle"):
        raise refused_kind(path, kind)
    try:
        return read_tree(path, allow), {}
    except UnknownGlobalsError as error:
        raise _refusal(path, error, allow) from None


def _refusal(path: Path, error: UnknownGlobalsError, allow: Collection[str]) -> ResefaError:
    """The error for unknown classes in a pickle, with the options that allow them if a reader recognises the tensors."""
    said = str(error).removesuffix(": look at it with resefa inspect.")
    try:
        known = record_of(read_tree(path, [*allow, *error.names]), path.name) is not None
    except (WeightsError, NotBuiltError) as other:
        return other
    except ModelError:
        # Several generators, or a missing tensor: with the names allowed, the user sees that message.
        known = True
    if known:
        options = " ".join(f"--allow-global {printable(each)}" for each in to_allow(error.names))
        return WeightsError(
            f"{said}: look at it with resefa inspect, and extract the weights with resefa convert {options}."
        )
    if what := named_by_classes(error.names):
        return NotBuiltError(
            f"{path.name} holds {what}, which resefa does not support (it names {shown(error.names)}; no code was run)."
        )
    return ModelError(
        f"{path.name} holds objects of {shown(error.names)}, but no tensors in a supported layout (no code was run): "
        "docs/reference/checkpoints.md lists the supported files; in Python, resefa.wrap takes any generator that is a torch module."
    )
