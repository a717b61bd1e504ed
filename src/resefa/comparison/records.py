"""What the files of a comparison's folder may hold: one type for each kind of line, against which a file is checked when it is read.

The lines themselves stay plain mappings; these types say which fields there are, of which types and within which limits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from resefa.comparison.experiment import SETTINGS, Experiment
from resefa.errors import UsageError
from resefa.files.schema import decode

Record = dict[str, Any]
Text = Annotated[str, Meta(max_length=4_000)]
Count = Annotated[int, Meta(ge=0, le=2**53)]
Change = Annotated[float, Meta(ge=0, le=1e300)]
Number = Annotated[float, Meta(ge=-1e300, le=1e300)]
Sign = Literal[1, -1]
Steps = Annotated[list[Change], Meta(max_length=10_000)]


class End(Struct, tag="end", tag_field="kind"):
    block: Text


class Inapplicable(Struct, tag="inapplicable", tag_field="kind"):
    method: Text
    reason: Text


class Absent(Struct, tag="absent", tag_field="kind"):
    measure: Text
    reason: Text


class _About(Struct):
    setting: Text
    image: Count | None
    region: Text
    method: Text


class Failure(_About, tag="failure", tag_field="kind"):
    reason: Text


class Discovery(_About, tag="discovery", tag_field="kind"):
    seconds: Change
    jacobian_seconds: Change
    index: Count
    candidates: Count
    space: Text
    status: Text
    eigenvalue: Number | None = None


class Strengths(Struct, tag="strengths", tag_field="kind"):
    space: Text
    longest: Change


class Edit(_About, tag="edit", tag_field="kind"):
    level: Change
    sign: Sign
    alpha: Number
    inside: Change
    outside: Change
    attained: bool
    measures: dict[Text, Number | None] = {}


class Sweep(_About, tag="sweep", tag_field="kind"):
    sign: Sign
    alphas: Steps
    inside: Steps
    outside: Steps


class Distance(Struct, tag="distance", tag_field="kind"):
    extractor: Text
    setting: Text | None
    region: Text | None
    method: Text
    images: Count
    distances: dict[Text, Number]


class Strangers(Struct, tag="strangers", tag_field="kind"):
    measures: dict[Text, list[Number | None]]


class Robust(Struct, tag="robust", tag_field="kind"):
    region: Text
    method: Text
    value: dict[Text, Number]
    image: Count
    variant: Text | None
    amount: Number | None
    reason: Text | None = None
    angle: Number | None = None
    principal: Annotated[list[Number], Meta(min_length=1, max_length=1_000)] | None = None
    outside: Change | None = None
    base_outside: Change | None = None
    attained: bool | None = None


Line = (
    End | Inapplicable | Absent | Failure | Discovery | Strengths | Edit | Sweep | Distance | Strangers | Robust
)  # fmt: skip
_FOUND = ("angle", "principal", "outside", "base_outside", "attained", "amount")


def line_of(data: bytes, what: str) -> Record:
    """One line of the results file.

    Raises:
        UsageError: it is no JSON, of no known kind, or a field is missing or of another type.
    """
    decode(data, Line, what, mend="remove it and the lines after it, and what is missing is measured again")  # type: ignore[arg-type]
    return msgspec.json.decode(data)


def check(records: Sequence[Record], experiment: Experiment, what: str) -> None:
    """That the records are about this experiment: its regions, methods, levels and steps.

    Raises:
        UsageError: a record names another one, or what belongs together is of different lengths.
    """
    methods = {method.name for method in experiment.methods}
    for record in records:
        kind = record["kind"]
        if kind in ("failure", "discovery", "edit", "sweep", "robust"):
            _one_of(record, "region", experiment.regions, what)
            _one_of(record, "method", methods, what)
        if kind in ("failure", "discovery", "edit", "sweep"):
            _one_of(record, "setting", SETTINGS, what)
        if kind == "edit":
            _one_of(record, "level", experiment.levels, what)
            if record["image"] is None:
                raise UsageError(f"{what} has an edit of no image: measure in another folder.")
        if kind == "sweep" and any(
            len(record[name]) != experiment.strengths for name in ("alphas", "inside", "outside")
        ):
            raise UsageError(
                f"{what} has a sweep of other than {experiment.strengths} steps: measure in another folder."
            )
        if kind == "robust" and "reason" not in record and any(record.get(name) is None for name in _FOUND):
            raise UsageError(f"{what} has a disturbed region without its figures: measure in another folder.")


def _one_of(record: Mapping[str, Any], name: str, allowed: Any, what: str) -> None:
    if record[name] not in allowed:
        raise UsageError(
            f"{what} has results of the {name} {record[name]!r}, which is not in experiment.json: measure in another folder."
        )
