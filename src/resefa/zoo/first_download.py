"""What may be pinned: a first download that is no page. A portal's sign-in or an error text arrives as "200 OK" too."""

from __future__ import annotations

import json
from pathlib import Path

from resefa.errors import DownloadError


def refuse_other_than_weights(path: Path, name: str, source: str) -> None:
    """Raise DownloadError where the file is empty or text that no weights begin with; a ``.json`` must be an object."""
    with open(path, "rb") as file:
        start = file.read(4096)
    if name.endswith(".json"):
        try:
            if isinstance(json.loads(path.read_text(encoding="utf-8")), dict):
                return
        except ValueError:  # UnicodeDecodeError is one
            pass
    elif (text := start.lstrip(b"\xef\xbb\xbf \t\r\n")) and text[:1] not in (b"<", b"{"):
        return
    shown = start[:40].decode("ascii", "replace").strip() or "nothing"
    raise DownloadError(
        f"What came from {source} is not {name} but begins with {shown!r} (a page or an error?): open the address in a "
        "browser, fetch the file there and give it with --from FILE."
    )
