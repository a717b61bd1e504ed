"""The paths file: a safetensors file as specified in docs/reference/paths_file.md. Reading the file runs no code."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import msgspec
import torch
from torch import Tensor

from resefa.directions.directions import Directions
from resefa.directions.provenance import Name, Provenance
from resefa.errors import DirectionsError, printable
from resefa.files import tensor_file
from resefa.files.input_file import opened_input, user_path
from resefa.files.output_file import check_writable, write_bytes
from resefa.files.schema import decode
from resefa.latents.code_file import DIRECTIONS, PATHS
from resefa.paths.certificate import PathCertificate
from resefa.paths.edit_path import LONGEST_REASON, EditPath
from resefa.paths.edit_paths import EditPaths

ENDING = ".safetensors"
LARGEST_FILE = 2**30
MOST_PATHS, MOST_NODES = 10_000, 10_000
REQUIRED = ("vector", "codes", "steps", "inside", "outside")
OPTIONAL = ("edit", "protect")
_Reason = Annotated[str, msgspec.Meta(max_length=LONGEST_REASON)]
_Node = Annotated[int, msgspec.Meta(ge=0, lt=MOST_NODES)]
_Nodes = Annotated[int, msgspec.Meta(ge=1, le=MOST_NODES)]


class _PathFacts(msgspec.Struct, frozen=True):
    """Metadata of one path: how many of the file's nodes belong to it, its origin among them, and its certificate."""

    nodes: _Nodes
    origin: _Node
    reasons: tuple[_Reason, _Reason]
    certificate: PathCertificate


class _DirectionFacts(msgspec.Struct, frozen=True):
    """Metadata of the direction that the paths follow."""

    index: Annotated[int, msgspec.Meta(ge=0, le=2**31)] = 0
    name: Name | None = None
    eigenvalue: float | None = None
    inside_rate: float | None = None
    outside_rate: float | None = None
    change: Annotated[float, msgspec.Meta(gt=0, lt=4)] = 0.05


def save_paths(paths: EditPaths, path: str | Path) -> None:
    """Write a paths file; see ``EditPaths.save``. Equal paths give equal files, byte for byte."""
    check_paths_output(path)
    write_bytes(user_path(path), to_bytes(paths), rescue=True)


def check_paths_output(path: str | Path) -> None:
    """Check the name and the folder of a paths file before long work; raise the errors of saving."""
    if user_path(path).suffix.lower() != ENDING:
        raise DirectionsError(f"{path} does not end in {ENDING}; give a file name that ends in .paths{ENDING}.")
    check_writable(user_path(path))


def to_bytes(paths: EditPaths) -> bytes:
    """Encode a paths file."""
    each = paths.paths
    tensors: dict[str, Tensor] = {
        "vector": paths.vector.float(),
        "codes": paths.code.values.float(),
        "steps": torch.cat([one.steps for one in each]),
        "inside": torch.cat([one.inside for one in each]),
        "outside": torch.cat([one.outside for one in each]),
    }
    if paths.edit is not None and paths.protect is not None and paths.edit.ndim == 2:
        tensors |= {"edit": paths.edit.float(), "protect": paths.protect.float()}
    direction = _DirectionFacts(
        paths.index, paths.given_name, paths.eigenvalue, paths.inside_rate, paths.outside_rate, paths.change
    )
    facts = [
        {"nodes": len(one), "origin": one.origin, "reasons": list(one.reasons), "certificate": asdict(one.certificate)}
        for one in each
    ]
    metadata = PATHS.metadata(
        provenance=_json(asdict(paths.provenance), Provenance, "provenance"),
        direction=_json(msgspec.to_builtins(direction), _DirectionFacts, "direction"),
        paths=_json(facts, list[_PathFacts], "certificates"),
    )
    return tensor_file.to_bytes(tensors, metadata)


def is_paths_file(path: str | Path) -> bool:
    """Whether a file is a safetensors file of the format of paths; False for any other file, damaged ones included."""
    try:
        with opened_input(path, 2**40, raises=DirectionsError) as (file, size):
            start = file.read(16)
            if not tensor_file.begins_as_tensor_file(start, size):
                return False
            header = tensor_file.read_header(file, size, user_path(path).name, raises=DirectionsError)
    except DirectionsError:
        return False
    return header.metadata.get("format") == PATHS.name


def load_paths(path: str | Path) -> EditPaths:
    """Read a paths file; see ``EditPaths.load``."""
    with opened_input(path, LARGEST_FILE, raises=DirectionsError) as (file, size):
        name = user_path(path).name
        header = tensor_file.read_header(file, size, name, raises=DirectionsError)
        if header.metadata.get("format") == DIRECTIONS.name:
            raise DirectionsError(
                f"{name} contains directions, not paths; follow them with resefa.follow or `resefa edit --curved`."
            )
        PATHS.expect(header.metadata, name, raises=DirectionsError)
        _check_names(header, name)
        tensors = tensor_file.read_tensors(file, header, list(header.entries), name, raises=DirectionsError)
    try:
        return _paths(header.metadata, tensors, name)
    except DirectionsError as error:
        raise error if name in str(error) else DirectionsError(f"{name}: {error}") from error


def _check_names(header: tensor_file.Header, name: str) -> None:
    if missing := [key for key in REQUIRED if key not in header.entries]:
        raise DirectionsError(f"{name} has no tensor named {missing[0]!r}; create the file again.")
    if unknown := sorted(set(header.entries) - {*REQUIRED, *OPTIONAL}):
        listed = ", ".join(printable(key, 40) for key in unknown[:5])
        raise DirectionsError(f"{name} has unknown tensors: {listed}; update resefa, or create the file again.")


def _paths(metadata: dict[str, str], tensors: dict[str, Tensor], name: str) -> EditPaths:
    def read(key: str, kind: Any, default: str) -> Any:
        return decode(metadata.get(key, default), kind, f"The {key} of {name}", raises=DirectionsError)

    provenance: Provenance = read("provenance", Provenance, "{}")
    direction: _DirectionFacts = read("direction", _DirectionFacts, "{}")
    facts: list[_PathFacts] = read("paths", list[_PathFacts], "[]")
    steps, vector = tensors["steps"], tensors["vector"]
    counts = [one.nodes for one in facts]
    if len(facts) > MOST_PATHS or sum(counts) != len(steps) or steps.ndim != 2 or vector.ndim != 1:
        raise DirectionsError(
            f"{name} lists {len(facts)} paths of {sum(counts)} nodes, but its steps have shape {tuple(steps.shape)}; create the file again."
        )
    if tensors["inside"].shape != (len(steps),) or tensors["outside"].shape != (len(steps),):
        raise DirectionsError(f"{name} has changes of other nodes than its {len(steps)} steps; create the file again.")
    # The checks of a directions file: finite numbers, a unit vector, codes of two axes, weights that are a region.
    whole = Directions(
        vector[None],
        codes=tensors["codes"],
        edit=tensors.get("edit"),
        protect=tensors.get("protect"),
        provenance=provenance.of_all(),
    )
    split = [tensors[key].split(counts) for key in ("steps", "inside", "outside")]
    found = [
        EditPath(nodes.float(), inside.double(), outside.double(), one.origin, one.reasons, one.certificate)
        for one, nodes, inside, outside in zip(facts, *split, strict=True)
    ]
    return EditPaths(
        whole.vectors[0],
        direction.index,
        direction.eigenvalue,
        direction.inside_rate,
        direction.outside_rate,
        whole.edit,
        whole.protect,
        whole.provenance.of_all(),
        direction.name,
        codes=whole.codes,
        paths=tuple(found),
        change=direction.change,
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _json(facts: Any, kind: Any, what: str) -> str:
    """Encode as JSON, and check that ``load_paths`` accepts the text."""
    text = json.dumps(_plain(facts), sort_keys=True)
    decode(text, kind, f"The {what} of these paths", raises=DirectionsError, remedy="correct it before saving")
    return text


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, float):
        return _finite(value)
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, tuple | list) else value
