"""The directions file: a safetensors file as specified in docs/reference/directions_file.md. Reading the file runs no code."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec
import torch
from torch import Tensor

from resefa.directions.facts import LONGEST_FACTS, DirectionFacts
from resefa.directions.provenance import Provenance, Sentence
from resefa.errors import DirectionsError, parameter, printable
from resefa.files import tensor_file
from resefa.files.schema import convert, decode
from resefa.latents.code_file import CODES, DIRECTIONS, PATHS
from resefa.solvers.certificate import Certificate

if TYPE_CHECKING:
    from resefa.directions.directions import Directions

ENDING = ".safetensors"
FLOAT32 = ("vectors", "codes", "edit", "protect")
FLOAT64 = ("eigenvalues", "residuals", "inside_rate", "outside_rate")
_Facts = tuple[DirectionFacts, ...]
_WEIGHTS = (".weight", ".bias", "_weight", "_bias")


class _Version1(msgspec.Struct, frozen=True):
    """The provenance fields of file version 1 that version 2 replaces by a certificate."""

    solver: str | None = None
    tau: float | None = None
    ridge: float | None = None
    rank: int | None = None
    status: Sentence = ""


def to_bytes(directions: Directions) -> bytes:
    """Encode a directions file: tensors by name, and metadata with format, version, provenance, certificate and facts.

    Equal directions give equal bytes.
    """
    tensors: dict[str, Tensor] = {}
    for names, dtype in ((FLOAT32, torch.float32), (FLOAT64, torch.float64)):
        for name in names:
            value = getattr(directions, name)
            if value is not None:
                tensors[name] = value.detach().to("cpu", dtype)
    metadata = DIRECTIONS.metadata(provenance=_json(asdict(directions.provenance), Provenance, "provenance"))
    if directions.certificate is not None:
        facts = directions.certificate.as_dict()
        facts.pop("residuals", None)  # a tensor of their own
        metadata["certificate"] = _json(facts, Certificate, "certificate")
    if directions.facts is not None:
        metadata["facts"] = _facts_json(directions.facts)
    return tensor_file.to_bytes(tensors, metadata)


def read(file: BinaryIO, size: int, name: str) -> dict[str, Any]:
    """Decode a file written by ``to_bytes`` to the fields of ``Directions``, whose consistency is checked later.

    Args:
        file, size: an open file and its bytes.
        name: the file's, for messages.

    Raises:
        DirectionsError: not a safetensors file, another format, a newer version, or missing or odd tensors.
    """
    header = tensor_file.read_header(file, size, name, raises=DirectionsError)
    kind = header.metadata.get("format")
    if kind == CODES.name:
        raise DirectionsError(f"{name} contains latent codes, not directions; give it as {parameter('code')}.")
    if kind == PATHS.name:
        raise DirectionsError(
            f"{name} contains paths of edits, not directions; open the file with resefa.EditPaths.load or `resefa edit`."
        )
    if kind != DIRECTIONS.name:
        raise DirectionsError(_another_kind(header, name))
    version = DIRECTIONS.version_of(header.metadata, name, raises=DirectionsError)
    if "vectors" not in header.entries:
        raise DirectionsError(f"{name} has no tensor named 'vectors'; create the file again with `resefa discover`.")
    unknown = sorted(set(header.entries) - {*FLOAT32, *FLOAT64})
    if unknown:
        raise DirectionsError(
            f"{name} has unknown tensors: {', '.join(printable(key, 40) for key in unknown[:5])}; update resefa, or create the file again."
        )
    # A later minor version may add fields: those are ignored, the tensors are what counts.
    text = header.metadata.get("provenance", "{}")
    provenance = decode(text, Provenance, f"The provenance of {name}", raises=DirectionsError)
    tensors = tensor_file.read_tensors(file, header, list(header.entries), name, raises=DirectionsError)
    residuals = tuple(tensors.pop("residuals", torch.zeros(0)).double().flatten().tolist())
    if version < 2:
        old = decode(text, _Version1, f"The provenance of {name}", raises=DirectionsError)
        facts = {"solver": old.solver or "", "tau": old.tau, "ridge": old.ridge, "rank": old.rank}
        solved = residuals or old.tau is not None or old.ridge is not None
        certificate = _certificate(facts, residuals, name) if solved else None
        provenance = replace(provenance, notes=old.status)
    else:
        written = header.metadata.get("certificate")
        what = f"The certificate of {name}"
        found = None if written is None else decode(written, dict[str, Any], what, raises=DirectionsError)
        certificate = _certificate(found or {}, residuals, name) if found or residuals else None
    listed = header.metadata.get("facts")
    facts = None if listed is None else decode(listed, _Facts, f"The facts of {name}", raises=DirectionsError)
    return {**tensors, "certificate": certificate, "provenance": provenance, "facts": facts}


def _certificate(facts: dict[str, Any], residuals: tuple[float, ...], name: str) -> Certificate:
    """Decode the certificate; raise DirectionsError for fields with a wrong type, or that contradict each other."""
    if not all(map(math.isfinite, residuals)):
        raise DirectionsError(f"{name} has residuals that are NaN or infinite; create the file again.")
    what = f"The certificate of {name}"
    return convert(facts | {"residuals": residuals}, Certificate, what, raises=DirectionsError)


def _facts_json(facts: tuple[DirectionFacts, ...]) -> str:
    text = _json([one.as_dict() for one in facts], _Facts, "facts")
    if len(text) > LONGEST_FACTS:
        raise DirectionsError(
            f"The facts of {len(facts)} directions have {len(text):,} bytes; a directions file has at most {LONGEST_FACTS:,}. Save fewer directions."
        )
    return text


def _json(facts: Any, kind: type, what: str) -> str:
    """Encode as JSON, and check that ``read`` accepts the text: JSON has no NaN and no unpaired surrogates."""
    text = json.dumps(_plain(facts), sort_keys=True)
    decode(text, kind, f"The {what} of these directions", raises=DirectionsError, remedy="correct it before saving")
    return text


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {_plain(key): _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, tuple | list) else value


def _another_kind(header: tensor_file.Header, name: str) -> str:
    kind = header.metadata.get("format") or header.metadata.get("kind") or ""
    if kind == "resefa.checkpoint" or any(key.endswith(_WEIGHTS) for key in header.entries):
        return f"{name} is a checkpoint, not a directions file; give a directions file, and the checkpoint as the model (`resefa inspect {name}` describes it)."
    said = f" in the format {printable(kind, 40)}" if kind else ""
    return f"{name} is a safetensors file{said}, not a directions file ({DIRECTIONS.name}); give a file written by `resefa discover`."
