"""The tables of a benchmark's report. Bold: the best figure of a column, and every peer's figure that is better than ReSeFa's best."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from resefa.benchmark.distances import DRAWN, UNEDITED
from resefa.benchmark.records import Record
from resefa.benchmark.report.results import BenchmarkResults
from resefa.benchmark.settings import PER_IMAGE, TRANSFERRED
from resefa.comparison.bootstrap import Estimate
from resefa.comparison.report.table_formats import Place, Table

NOTHING = "–"
TITLES = {PER_IMAGE: "per-image directions", TRANSFERRED: "transferred directions"}
_BOLD = "Bold: the best of the column, and every figure of another method that is better than the best of ReSeFa."


def edits(results: BenchmarkResults, setting: str) -> Table:
    """The main table: hits, clean hits, the change outside, recall and distance of each case."""
    level, k = results.level_near_reference(), results.settings.k
    columns: list[_Column] = [
        _Column("hits", lambda case: _percent(results.hits(setting, case)), True),
        _Column("clean hits", lambda case: _percent(results.clean_hits(setting, case)), True),
        _Column("clean, of hits", lambda case: _percent(results.clean_of_hits(setting, case)), True),
        _Column(
            f"outside at {results.settings.reference:g} inside",
            lambda case: _small(results.outside(setting, case)),
            False,
        ),
    ]
    if setting == PER_IMAGE:
        columns += [
            _Column(f"found within {k}", lambda case: _percent(results.found_within(case, k)), True),
            _Column(f"kinds within {k}", lambda case: _percent(results.kinds_within(case, k)), True),
        ]
    columns += [
        _Column("kernel distance", lambda case: _of(results.distance(setting, case, level), "kernel"), False),
        _Column("seconds", lambda case: _plain(results.seconds(setting, case), ".2g"), None),
    ]
    return _table(results, f"Edits of parts by {TITLES[setting]}", columns, _edit_notes(results, setting, level))


def by_part(results: BenchmarkResults, setting: str) -> Table:
    """Clean hits of each case for each part."""
    columns = [
        _Column(part, lambda case, part=part: _percent(results.clean_hits(setting, case, part), False), True)
        for part in results.parts
    ]
    images = {
        part: len({one["image"] for case in results.cases for one in results.edits(setting, case.name, part)})
        for part in results.parts
    }
    notes = ["Images: " + ", ".join(f"{part} {count}" for part, count in images.items()) + f". {_BOLD}"]
    return _table(results, f"Clean hits by part, {TITLES[setting]}", columns, notes)


def recall(results: BenchmarkResults) -> Table:
    """Recall at k: parts with a clean hit, and kinds reached, among the first k per-image directions."""
    ks = range(1, results.settings.k + 1)
    columns = [
        *(
            _Column(f"found, k = {k}", lambda case, k=k: _percent(results.found_within(case, k), False), True)
            for k in ks
        ),
        *(
            _Column(f"kinds, k = {k}", lambda case, k=k: _percent(results.kinds_within(case, k), False), True)
            for k in ks
        ),
    ]
    count = min(results.settings.recall_images, len(results.images))
    notes = [
        f"The first {count} images. Found: fraction of parts for which one of the first k directions, with either sign, gives a clean hit. Kinds: fraction "
        f"of the part's other kinds that clean pictures of these directions show. {_BOLD}"
    ]
    return _table(results, "Recall of the first k directions", columns, notes)


def factors(results: BenchmarkResults) -> Table:
    """DCI and SAP of the transferred directions."""
    names = (("disentanglement", True), ("completeness", True), ("informativeness", False), ("sap", True))
    columns = [
        _Column(
            "SAP" if name == "sap" else name, lambda case, name=name: _of(results.factors(case), name, ".3f"), largest
        )
        for name, largest in names
    ]
    notes = [
        "Coordinates: products of a sample's code with the first transferred direction of each part. Factors: the parts' kinds, as the reader reads them. "
        f"Informativeness is an error: 1 is chance, less is better. {_BOLD}"
    ]
    return _table(results, "DCI and SAP of transferred directions", columns, notes)


def distances(results: BenchmarkResults, setting: str, figure: str) -> Table:
    """The Frechet or kernel distance of edited pictures to drawn heads at each level."""
    columns = [
        _Column(f"{level:g}", lambda case, level=level: _of(results.distance(setting, case, level), figure), False)
        for level in results.settings.levels
    ]
    floors = {name: results.distance(None, name, None) for name in (UNEDITED, DRAWN)}
    scale = "; ".join(
        f"{'other drawn heads' if name == DRAWN else name}: {record[figure]:.3g}"
        for name, record in floors.items()
        if record
    )
    notes = [
        f"On the reader's features, for each level of the change inside (the picture of each edit that is nearest to the level); lower is better. For scale, to drawn heads: {scale}. "
        f"The kernel distance compares pictures of different images only and is unbiased; the Frechet distance falls where edits differ much between pictures of one image. {_BOLD}"
    ]
    name = "Frechet" if figure == "frechet" else "Kernel"
    return _table(results, f"{name} distance to drawn heads, {TITLES[setting]}", columns, notes)


def side_effects(results: BenchmarkResults) -> Table:
    """The attributes that change beside the part's at the hits that are not clean."""
    rows = []
    for case in results.cases:
        found = results.side_effects(PER_IMAGE, case.name)
        rows.append([case.title, ", ".join(f"{name} {count}" for name, count in list(found.items())[:5]) or NOTHING])
    return Table(
        "Other attributes that change at the first hit, per-image directions",
        ["method, space", "attribute and number of hits"],
        rows,
    )


def failures(results: BenchmarkResults) -> Table | None:
    """The discoveries without directions; None if there are none."""
    rows = [
        [one["setting"], results.settings.case(one["case"]).title, one["region"], "" if one["image"] is None else str(one["image"]), one["reason"]]
        for one in results.of("failure")
    ]  # fmt: skip
    return (
        Table("Discoveries without directions", ["setting", "method, space", "part", "seed", "reason"], rows)
        if rows
        else None
    )


def reader(results: BenchmarkResults) -> Table:
    """The reader's accuracy on drawn heads and its confidence on drawn and generated images."""
    rows = []
    for one in results.of("reader"):
        if one["accuracy"] is None:
            error = ", ".join(f"{value:.3g}" for value in one["errors"])
            rows.append([one["attribute"], *[NOTHING] * 4, error, "yes"])
            continue
        figures = (one["accuracy"], one["confident_accuracy"], one["confident_drawn"], one["confident"])
        rows.append([one["attribute"], *(f"{value:.1%}" for value in figures), NOTHING, "yes" if one["used"] else "no"])
    settings = results.settings
    return Table(
        "The attribute reader",
        [
            "attribute",
            "accuracy, drawn",
            "accuracy where confident, drawn",
            "confident, drawn",
            "confident, generated",
            "root mean squared errors",
            "used",
        ],
        rows,
        [
            f"{settings.drawn} drawn heads that no training used, {settings.samples} generated images. Confident: a probability of {settings.confidence:g} or more. "
            f"An attribute is used if {settings.least_accuracy:.0%} or more of the confident readings are correct."
        ],
    )


_Cell = tuple[str, float | None]
"""A cell's text, and the value by which it is ranked."""


class _Column:
    """A column: its heading, the cell of a case, and whether the largest value is best; None: without bold cells."""

    def __init__(self, head: str, cell: Callable[[str], _Cell], largest: bool | None) -> None:
        self.head, self.cell, self.largest = head, cell, largest


def _table(results: BenchmarkResults, title: str, columns: Sequence[_Column], notes: Sequence[str]) -> Table:
    cells = [[column.cell(case.name) for column in columns] for case in results.cases]
    best: set[Place] = set()
    for j, column in enumerate(columns):
        if column.largest is None:
            continue
        sign = 1 if column.largest else -1
        values = {i: sign * value for i, row in enumerate(cells) if (value := row[j][1]) is not None}
        ours = [value for i, value in values.items() if results.cases[i].ours]
        if len(values) > 1:
            best |= {(i, j + 1) for i, value in values.items() if value == max(values.values())}
            best |= {(i, j + 1) for i, value in values.items() if ours and value > max(ours)}
    rows = [[case.title, *(text for text, _ in row)] for case, row in zip(results.cases, cells, strict=True)]
    return Table(title, ["method, space", *(column.head for column in columns)], rows, notes, frozenset(best))


def _edit_notes(results: BenchmarkResults, setting: str, level: float) -> list[str]:
    settings = results.settings
    edits_of_first = results.edits(setting, results.cases[0].name) if results.cases else []
    missed = [
        f"{case.title} {missed} of {count}"
        for case in results.cases
        for missed, count in [results.not_reached(setting, case.name)]
        if missed
    ]
    notes = [
        f"{len(edits_of_first)} edits (parts of {len(results.images)} held-out images, both signs) by the first direction of each case. Hit: a picture that looks "
        "drawn shows another kind of the part, or another colour of hair. Clean hit: no attribute of another part differs in the first picture that hits. Rates are means over images with 95% "
        f"bootstrap intervals. Outside: median over images of the mean squared change outside the part's grown mask. Kernel distance: to drawn heads, at {level:g} inside. "
        f"Seconds: median for one part{'' if setting == PER_IMAGE else f' on {settings.discovery} images'}, a shared Jacobian charged in full; in W+ and S a search continues that of the parts before. {_BOLD}"
    ]
    if missed:
        notes.append(
            f"Edits that do not reach {settings.reference:g} inside, excluded from the change outside: {'; '.join(missed)}."
        )
    return notes


def _percent(found: Estimate | None, interval: bool = True) -> _Cell:
    if found is None:
        return NOTHING, None
    text = f"{100 * found.value:.0f}%"
    if interval and found.low is not None and found.high is not None:
        text += f" [{100 * found.low:.0f}, {100 * found.high:.0f}]"
    return text, found.value


def _small(found: Estimate | None) -> _Cell:
    if found is None:
        return NOTHING, None
    text = f"{found.value:.1e}"
    if found.low is not None and found.high is not None:
        text += f" [{found.low:.1e}, {found.high:.1e}]"
    return text, found.value


def _plain(value: float | None, form: str) -> _Cell:
    return (NOTHING, None) if value is None else (format(value, form), value)


def _of(record: Record | None, name: str, form: str = ".3g") -> _Cell:
    return _plain(None if record is None else record[name], form)
