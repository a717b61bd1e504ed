"""The schema of the benchmark's results file, with one type for each kind of line."""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast

import msgspec
from msgspec import Meta, Struct

from resefa.comparison.records import Change, Count, End, Number, Sign, Text
from resefa.files.schema import decode

Record = dict[str, Any]
Numbers = Annotated[list[Number], Meta(max_length=1_000)]
Names = Annotated[list[Text], Meta(max_length=1_000)]


class ReaderRecord(Struct, tag="reader", tag_field="kind"):
    """The reader's accuracy for one attribute on drawn heads, or its errors for a colour or the pose."""

    attribute: Text
    kinds: Names
    accuracy: float | None
    confident_accuracy: float | None
    errors: Numbers
    confident_drawn: float | None
    confident: float | None
    used: bool


class Look(Struct, tag="look", tag_field="kind"):
    """The threshold of *looks drawn*."""

    threshold: Change
    samples: Count
    drawn_beyond: float


class _About(Struct):
    setting: Literal["per-image", "transferred"]
    image: Count | None
    region: Text
    case: Text


class Discovery(_About, tag="discovery", tag_field="kind"):
    """Directions of a case for one region, with the time in seconds."""

    seconds: Change
    jacobian_seconds: Change
    directions: Count
    status: Text


class PathCost(_About, tag="path", tag_field="kind"):
    """The cost of a curve along a direction: seconds, JVPs and VJPs, and images."""

    seconds: Change
    products: Count
    images: Count


class Failure(_About, tag="failure", tag_field="kind"):
    """A case without directions for one region."""

    reason: Text


class Side(_About, tag="side", tag_field="kind"):
    """One sign of a direction: the pictures at growing steps.

    ``read``: kind of the part in each picture, None if it is not read with confidence. ``own``: the part's attributes that differ from
    the original. ``others``: the other attributes that differ. ``distance``: of the features to those of unedited samples.
    """

    direction: Count
    sign: Sign
    original: Text | None
    alphas: Numbers
    inside: Numbers
    outside: Numbers
    distance: Numbers
    read: list[Text | None]
    own: list[Names]
    others: list[Names]


class Absent(Struct, tag="absent", tag_field="kind"):
    """A region that an image does not have."""

    image: Count
    region: Text
    reason: Text


class Distance(Struct, tag="distance", tag_field="kind"):
    """The distances of pictures to drawn heads; without a case: of unedited samples, or of other drawn heads."""

    setting: Text | None
    case: Text
    level: Change | None
    images: Count
    frechet: Number
    kernel: Number | None


class Factors(Struct, tag="factors", tag_field="kind"):
    """DCI and SAP of a case's transferred directions against the attributes read from samples."""

    case: Text
    directions: Count
    disentanglement: Number | None
    completeness: Number | None
    informativeness: Number | None
    sap: Number | None


class Timing(Struct, tag="timing", tag_field="kind"):
    """The time in seconds that a part of the run took."""

    part: Text
    seconds: Change


Line = End | ReaderRecord | Look | Discovery | PathCost | Failure | Side | Absent | Distance | Factors | Timing


def parse_record(data: bytes, what: str) -> Record:
    """The record in one line of the results file.

    Raises:
        UsageError: it is not JSON, has an unknown kind, or a field is missing or has another type.
    """
    remedy = "remove this line and all lines below, then run `resefa benchmark` again to measure the missing part"
    decode(data, cast("type[Any]", Line), what, remedy=remedy)  # msgspec takes a union for a type
    return msgspec.json.decode(data)
