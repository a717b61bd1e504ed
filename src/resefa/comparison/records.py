"""The schema of the results file, with one type for each kind of line; a file is checked against it on reading.

The records themselves stay plain mappings; these types state their fields, the types of the values and their limits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, cast

import msgspec
from msgspec import Meta, Struct

from resefa.comparison.earlier_folders import current_record
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


class Unrelated(Struct, tag="unrelated", tag_field="kind"):
    measures: dict[Text, list[Number | None]]


class Strangers(Unrelated, tag="strangers", tag_field="kind"):
    """The name of ``Unrelated`` in files written by resefa 0.1."""


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
    End | Inapplicable | Absent | Failure | Discovery | Strengths | Edit | Sweep | Distance | Unrelated | Strangers | Robust
)  # fmt: skip
_FOUND = ("angle", "principal", "outside", "base_outside", "attained", "amount")
_REMEDY = "run the comparison again in a new folder"


def parse_record(data: bytes, what: str) -> Record:
    """The record in one line of the results file, with the present names of methods, settings and kinds.

    Raises:
        UsageError: it is not JSON, has an unknown kind, or a field is missing or has another type.
    """
    remedy = "remove this line and all lines below, then run `resefa compare` again to measure the missing part"
    decode(data, cast("type[Any]", Line), what, remedy=remedy)  # msgspec takes a union for a type
    return current_record(msgspec.json.decode(data))


def check(records: Sequence[Record], experiment: Experiment, what: str) -> None:
    """Check that the records match the experiment: its regions, methods, levels and steps.

    Raises:
        UsageError: a record names something else, or lists that belong together differ in length.
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
                raise UsageError(f"{what} contains an edit without an image; {_REMEDY}.")
        steps = experiment.strengths
        if kind == "sweep" and any(len(record[name]) != steps for name in ("alphas", "inside", "outside")):
            raise UsageError(f"{what} contains a sweep whose number of steps is not {steps}; {_REMEDY}.")
        if kind == "robust" and "reason" not in record and any(record.get(name) is None for name in _FOUND):
            raise UsageError(f"{what} contains a disturbed region without its measurements; {_REMEDY}.")


def _one_of(record: Mapping[str, Any], name: str, allowed: Any, what: str) -> None:
    if record[name] not in allowed:
        raise UsageError(
            f"{what} contains results for the {name} {record[name]!r}, which is not in experiment.json; {_REMEDY}."
        )
