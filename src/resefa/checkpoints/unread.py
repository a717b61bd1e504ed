"""Files that no reader takes: what each is, in words, so that a user sees what came in place of the weights."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from resefa.checkpoints.entries import Network, find
from resefa.checkpoints.entry_names import OTHER
from resefa.errors import ModelError, WeightsError, printable
from resefa.files.archive import opened_archive
from resefa.files.file_words import words_for
from resefa.pickles import NvidiaModule, Unbuilt

_ARCHIVE = b"PK\x03\x04"
_PROGRAMS = {"torchscript": "a TorchScript program", "torch-export": "a torch.export program"}


def refused_kind(path: Path, kind: str) -> ModelError | WeightsError:
    """The error for a file of a kind that holds no weights; of a cut torch file, that it is cut."""
    with open(path, "rb") as file:
        start = file.read(512)
        file.seek(max(path.stat().st_size - 512, 0))
        end = file.read()
    if start.startswith(_ARCHIVE) and kind == "unknown":
        return WeightsError(
            f"{path.name} begins as a torch file, but the end of its archive is missing (byte {path.stat().st_size:,}), as after "
            "a download that broke off: get it anew."
        )
    if kind in _PROGRAMS:
        return ModelError(
            f"{path.name} is {_PROGRAMS[kind]}, which cannot be inspected without running it. If you trust its author, "
            "`resefa sample` and the other commands open it with --trust-program and --latent-shape (in Python, "
            "trust_program=True and latent_shape=...)."
        )
    return ModelError(
        f"{path.name} is {_archive_words(path) if kind == 'zip' else words_for(start, end)}; a file of weights was expected."
    )


def _archive_words(path: Path) -> str:
    """What a zip archive holds that is none of torch's."""
    with open(path, "rb") as file, opened_archive(file, path.name) as archive:
        names = archive.namelist()
    if names and all(name.endswith(".npy") for name in names):
        return "a NumPy archive (.npz)"
    if any(name.endswith(".weights.h5") for name in names):
        return "a Keras model"
    held = ", ".join(printable(name, 60) for name in [name for name in names if not name.endswith("/")][:3])
    return f"a zip archive of {held or 'nothing'}: unpack it first"


def unknown_content(content: Any, name: str) -> ModelError:
    """The error for a file that was read, but holds no network of a known kind."""
    pieces = [each for each in find(content, lambda _: False).fragments if each.tensors]
    others = [each for each in pieces if each.rank == OTHER]
    if others and all(each.rank == OTHER or len(each.tensors) < 2 for each in pieces if not _holds(each, others)):
        return ModelError(
            f"{name} holds a discriminator or an encoder ({printable(others[0].entry, 80)}) and no generator: give the file that has "
            "the generator, such as G_ema."
        )
    if isinstance(content, NvidiaModule) and "iscriminator" in content.class_name:
        return ModelError(
            f"{name} holds a discriminator and no generator: give the file that has the generator, such as G_ema."
        )
    return ModelError(
        f"{name} holds no generator in a supported layout ({_held(content, pieces)}): docs/formats.md lists what opens; in Python, "
        "resefa.wrap takes any generator that you have as a module."
    )


def _holds(piece: Network, others: list[Network]) -> bool:
    """Whether a state dict is the one that the others are parts of, with nothing beside them."""
    inner = {each.path[len(piece.path)] for each in others if len(each.path) > len(piece.path)}
    return bool(inner) and all(key.partition(".")[0] in inner for key in piece.tensors)


def _held(content: Any, pieces: list[Network]) -> str:
    """What the largest state dict begins with; of a file without any, the content itself."""
    if pieces:
        largest = max(pieces, key=lambda each: len(each.tensors))
        keys = ", ".join(printable(key, 40) for key in list(largest.tensors)[:3])
        return f"the tensors{f' of {printable(largest.entry, 60)}' if largest.entry else ''} begin with {keys}"
    if isinstance(content, Mapping):
        keys = ", ".join(
            printable(key, 40) if isinstance(key, str) else type(key).__name__ for key in list(content)[:4]
        )
        return f"its keys begin with {keys or 'nothing'}"
    if isinstance(content, Unbuilt):
        return f"it is an object of {printable(content.type_name, 80)}"
    return f"it is a {type(content).__name__}"
