"""Files that no reader takes: what each is, in words, so that a user sees what came in place of the weights."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from resefa.errors import ModelError, WeightsError, printable
from resefa.file_words import words_for
from resefa.pickles import NvidiaModule

_ARCHIVE = b"PK\x03\x04"
_KINDS = {
    "zip": "a zip archive that is none of torch's",
}
_PROGRAMS = {"torchscript": "a TorchScript program", "torch-export": "a torch.export program"}
_DISCRIMINATORS = ("D", "d", "D_state_dict", "discriminator", "netD", "netD_state_dict", "discriminator_state_dict")


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
            f"{path.name} is {_PROGRAMS[kind]}, which cannot be looked at without running it. If you trust who made it, "
            "`resefa sample` and the other commands open it with --trust-program and --latent-shape (in Python, "
            "trust_program=True and latent_shape=...)."
        )
    return ModelError(f"{path.name} is {_KINDS.get(kind) or words_for(start, end)}; a file of weights was expected.")


def unknown_content(content: Any, name: str) -> ModelError:
    """The error for a file that was read, but holds no network of a known kind."""
    if (found := _discriminator(content)) is not None:
        return ModelError(
            f"{name} holds a discriminator ({found}) and no generator: give the file that has the generator, such as G_ema."
        )
    keys = (
        ", ".join(printable(key, 40) if isinstance(key, str) else type(key).__name__ for key in list(content)[:4])
        if isinstance(content, Mapping)
        else type(content).__name__
    )
    return ModelError(
        f"{name} holds no generator that is known ({'its keys begin with' if isinstance(content, Mapping) else 'it is a'} "
        f"{keys or 'nothing'}): see docs/formats.md for the formats that are read; any other module opens in Python with resefa.wrap."
    )


def _discriminator(content: Any) -> str | None:
    """How the file names it, where it is the only network in it."""
    if isinstance(content, NvidiaModule):
        return content.class_name if "iscriminator" in content.class_name and len(content.class_name) < 60 else None
    if not isinstance(content, Mapping):
        return None
    networks = [key for key, value in content.items() if isinstance(value, (Mapping, NvidiaModule)) and value]
    named = [key for key in networks if isinstance(key, str) and key in _DISCRIMINATORS]
    return (
        named[0]
        if len(named) == 1 and not {"G", "g", "G_ema", "g_ema", "generator"} & set(map(_text, content))
        else None
    )


def _text(key: Any) -> str:
    return key if isinstance(key, str) else ""
