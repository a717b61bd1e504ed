"""Saving a picture in the format of its file's ending, with where it came from written inside."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path

from PIL import Image as PILImage
from PIL.PngImagePlugin import PngInfo

from resefa.errors import OutputError
from resefa.files.output_file import write_bytes

STILL = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
_IMAGE_DESCRIPTION = 0x010E


def save_picture(path: str | Path, picture: PILImage.Image, metadata: Mapping[str, str] | None = None) -> None:
    """Write a still picture in the format of its ending, whole or not at all.

    Args:
        metadata: provenance, for example model and seed. PNG: one text chunk for each entry. JPEG and WebP: all
            entries as one JSON object in the Exif image description.

    Raises:
        OutputError: an unknown ending, or the file cannot be written.
    """
    suffix = Path(path).suffix.lower()
    kind = STILL.get(suffix)
    if kind is None:
        raise OutputError(f"{path} ends in {suffix or 'nothing'}: pictures are written as {', '.join(STILL)}.")
    options: dict[str, object] = {} if kind == "PNG" else {"quality": 95}
    if metadata and kind == "PNG":
        options["pnginfo"] = chunks = PngInfo()
        for name, value in metadata.items():
            chunks.add_itxt(name, value)
    elif metadata:
        options["exif"] = exif = PILImage.Exif()
        exif[_IMAGE_DESCRIPTION] = json.dumps(dict(metadata))
    buffer = io.BytesIO()
    (picture.convert("RGB") if kind == "JPEG" else picture).save(buffer, kind, **options)
    write_bytes(path, buffer.getvalue(), rescue=True)
