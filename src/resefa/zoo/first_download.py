"""What may be pinned: a first download that is no page. A portal's sign-in or an error text arrives as "200 OK" too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from resefa.errors import DownloadError, WeightsError, printable
from resefa.files.input_file import read_input
from resefa.files.schema import decode

_LARGEST_SETTINGS = 1 << 20
_POINTER = b"version https://git-lfs"


def refuse_other_than_weights(path: Path, name: str, source: str) -> None:
    """Raise DownloadError where the file is empty, a pointer, or text that no weights begin with; a ``.json`` must be an object."""
    with open(path, "rb") as file:
        start = file.read(4096)
    if start.startswith(_POINTER):
        raise DownloadError(
            f"{source} sent a Git LFS pointer instead of {name}: fetch the file itself there and give it with "
            "--from FILE."
        )
    if name.endswith(".json"):
        if _is_object(path):
            return
    elif (text := start.lstrip(b"\xef\xbb\xbf \t\r\n")) and text[:1] not in (b"<", b"{"):
        return
    shown = printable(start[:40].decode("ascii", "replace").strip()) or "nothing"
    raise DownloadError(
        f"What came from {source} is not {name} but begins with {shown!r} (a page or an error?): open the address in a "
        "browser, fetch the file there and give it with --from FILE."
    )


def _is_object(path: Path) -> bool:
    try:
        decode(read_input(path, _LARGEST_SETTINGS, raises=WeightsError), dict[str, Any], path.name, raises=WeightsError)
    except WeightsError:
        return False
    return True
