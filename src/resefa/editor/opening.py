"""Files that users open in the editor: projects, directions and latent codes, distinguished by content and read with the safe readers."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from resefa.directions.directions import Directions
from resefa.directions.storage import directions_from_bytes
from resefa.errors import DirectionsError, LatentError, UsageError, printable
from resefa.files.tensor_file import begins_as_tensor_file
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode
from resefa.latents.code_file import open_codes
from resefa.projects.project import Project
from resefa.projects.project_file import read_project
from resefa.projects.shapes import Shape, region_of, shapes_of
from resefa.regions.region import Region

_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*")


def opened(data: bytes, name: str, generator: BaseGenerator) -> Project | Directions | LatentCode:
    """The content of a file.

    Args:
        name: of the file, for messages alone; the file's content decides.
        generator: which tells what the arrays of codes mean.

    Raises:
        UsageError: a photo, or a file of another kind.
        ProjectError, DirectionsError, LatentError: a damaged file, or contents that do not fit the model.
    """
    shown = printable(name, 80) or "The file"
    if data.startswith(_PICTURES):
        raise UsageError(
            f"{shown} is a picture; the editor edits pictures that the model made, so choose a sample, or open the latent code of a picture."
        )
    if data.lstrip()[:1] == b"{":
        return read_project(data)
    if begins_as_tensor_file(data[:16], len(data)):
        try:
            return directions_from_bytes(data, shown)
        except DirectionsError as error:
            return _code(data, shown, generator, error)
    return _code(data, shown, generator, None)


def drawn_directions(
    found: Directions, generator: BaseGenerator, code_space: str
) -> tuple[Sequence[Shape], float, Directions]:
    """The region of directions as shapes with a soft edge, and the directions with the weights of these shapes.

    Raises:
        DirectionsError: directions of other weights. LatentError: of another size or space.
        RegionError: a region that cannot be drawn as shapes.
    """
    if reason := found.check_fits(generator, code_space):
        raise DirectionsError(reason)
    region = Region.parse(found.provenance.region, generator.presets, files=False)
    shapes, feather = shapes_of(region, *generator.resolution)
    weights = region_of(shapes, feather, generator.presets).weights(*generator.resolution)
    return shapes, feather, replace(found, edit=weights.edit, protect=weights.protect)


def _code(data: bytes, name: str, generator: BaseGenerator, otherwise: DirectionsError | None) -> LatentCode:
    """The latent code in a file of any format.

    Args:
        otherwise: raised in place of the error if the file contains no codes.
    """
    # The readers of codes take files. The name on disk is fixed: nothing of the browser's name reaches the file system.
    with tempfile.TemporaryDirectory(prefix="resefa-") as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        try:
            found = open_codes(path).code(generator)
        except LatentError as error:
            raise otherwise or UsageError(
                f"{name} is not a project, a directions file or a latent code of this model ({_reason(error, path)})."
            ) from error
    if len(found) != 1:
        raise LatentError(f"{name} contains {len(found)} latent codes; open a file with a single code.")
    # Projects store codes as float32: the page must show the image of the stored numbers.
    return LatentCode(found.values.float().to(generator.device, generator.dtype), found.space)


def _reason(error: LatentError, path: Path) -> str:
    return str(error).replace(str(path), "it").replace(path.name, "it", 1).rstrip(".").partition(";")[0]
