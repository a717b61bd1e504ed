"""The tables of a report."""

from __future__ import annotations

from collections.abc import Sequence

from resefa.comparison.bootstrap import FEWEST, Estimate
from resefa.comparison.experiment import SETTINGS
from resefa.comparison.report.method_styles import OURS, SETTING_TITLES
from resefa.comparison.report.results import Case, Results
from resefa.comparison.report.table_formats import Place, Table, best_of, column
from resefa.regions.text import display_name

NOTHING = "–"


def paper_layout(results: Results, setting: str) -> Table:
    """The table in the layout of the paper's Table 1: distance between sets / change outside / similarity by method and region."""
    reference, titles = results.experiment.reference, results.distance_titles
    distance = next((title for title in titles if title == "FID"), titles[0] if titles else None)
    similarity = next((name for name in results.pair_measures if name.startswith("identity")), None)
    parts = [distance or "distance between sets", "masked MSE", similarity or "identity"]
    regions = list(results.experiment.regions)
    rows, fewer = [], False
    for method in results.methods:
        row = [results.title(method)]
        for region in regions:
            case = (setting, region, method)
            found = results.distances(case).get(distance or "")
            few = found is not None and found[1] < len(results.images)
            same, _ = results.measured(case, similarity or "")
            row.append(" / ".join([
                f"{found[0]:.3g}" + ("†" if few else "") if found else NOTHING,
                _figure(results.outside(case, reference)), f"{same.value:.3f}" if same else NOTHING,
            ]))  # fmt: skip
            fewer |= few
        times = results.slowest_region(setting, method)
        rows.append([*row, *(NOTHING if times is None else _seconds(time) for time in times or (0, 0))])
    notes = [
        f"Each cell: {' / '.join(parts)}. Masked MSE: median over images of the mean squared change outside the region (images in [-1, 1]), "
        f"at {reference:g} inside, both signs. Discovery: median over images for one region, the slower of the regions. Bold: the least masked MSE among the "
        "methods measured on all images, and the shortest time.",
        *_distance_notes(results, distance, fewer),
        *_identity_notes(results, similarity),
    ]
    return Table(
        f"Table 1 in the paper's layout: directions {SETTING_TITLES[setting]}",
        ["method", *map(display_name, regions), "discovery", "without the Jacobian"],
        rows,
        notes,
        frozenset(_best_in_paper_layout(results, setting)),
    )


def _best_in_paper_layout(results: Results, setting: str) -> set[Place]:
    reference, regions = results.experiment.reference, list(results.experiment.regions)
    best: set[Place] = set()
    for i, region in enumerate(regions, 1):
        best |= column(i, _least([results.outside((setting, region, method), reference) for method in results.methods]))
    times = [results.slowest_region(setting, method) for method in results.methods]
    for i in (0, 1):
        best |= column(len(regions) + 1 + i, _shortest([time and time[i] for time in times]))
    return best


def _distance_notes(results: Results, distance: str | None, fewer: bool) -> list[str]:
    if distance is None:
        reason = _absent(results, "No extractor was given.", "fid", "efficientnet")
        return [f"The distance between sets was not measured. {reason}"]
    images, floor = len(results.images), results.floor(distance)
    unedited = (
        f"; between {images} other unedited images and the originals it is {floor:.3g}" if floor is not None else ""
    )
    note = (
        f"The {distance} compares the edited images (both signs) with their originals{unedited}. {images} images do not determine the features' "
        "covariance, so the figures are biased and comparable only with each other."
    )
    if fewer:
        note += " †: fewer images, not comparable with the other rows."
    if distance == "FID":
        return [note]
    return [note, "This distance is not the FID. " + _absent(results, "No weights of Inception-v3 were given.", "fid")]


def _identity_notes(results: Results, similarity: str | None) -> list[str]:
    if similarity is None:
        return [
            "The identity similarity was not measured. " + _absent(results, "No face embedding was given.", "identity")
        ]
    apart = results.unrelated(similarity)
    if apart is None:
        return []
    return [f"{similarity[0].upper()}{similarity[1:]} of two unrelated images of the generator is {apart:.3f}, not 0."]


def matched(results: Results, setting: str, region: str) -> Table:
    """The table for one region: the change outside, with its confidence interval, at each matched level of change inside."""
    levels, reference, rows = results.experiment.levels, results.experiment.reference, []
    against = OURS in results.methods
    changes: list[list[Estimate | None]] = [[] for _ in levels]
    for method in results.methods:
        case: Case = (setting, region, method)
        row = [results.title(method)]
        for values, level in zip(changes, levels, strict=True):
            values.append(results.outside(case, level))
            row.append(_interval(values[-1]))
        if against:
            row.append("1" if method == OURS else _interval(results.against_ours(case, reference), 1))
        short_of = [results.not_reached(case, level) for level in levels]
        row.append(f"{sum(one[0] for one in short_of)} of {sum(one[1] for one in short_of)}")
        images = {image for level in levels for image in results.per_image(case, level)}
        lost = len(results.failures(case))
        row.append(f"{len(images)}" + (f", {lost} failed" if lost else ""))
        rows.append(row)
    relative = f"Relative: median over shared images, at {reference:g} inside. " if against else ""
    return Table(
        f"{display_name(region)}: change outside at the same change inside, {SETTING_TITLES[setting]}",
        ["method", *(f"inside {level:g}" for level in levels), *([f"relative to {results.title(OURS)}"] if against else []), "not reached", "images"],
        rows,
        [
            f"Medians over images with 95% bootstrap intervals ({FEWEST} images or more; without brackets: fewer); an image's value is the mean of both signs. "
            f"Bold: the least among the methods measured on most images. {relative}Not reached: edits that do not reach the change inside; they are counted "
            "and excluded from the medians."
        ],
        frozenset(place for i, found in enumerate(changes, 1) for place in column(i, _least(found))),
    )  # fmt: skip


def timing(results: Results) -> Table:
    """The table of discovery times in both settings, with and without the Jacobian."""
    columns: list[list[float | None]] = []
    for setting in SETTINGS:
        times = [results.slowest_region(setting, method) for method in results.methods]
        columns += [[time and time[i] for time in times] for i in (0, 1)]
    rows = [
        [results.title(method), *(NOTHING if value is None else _seconds(value) for value in values)]
        for method, *values in zip(results.methods, *columns, strict=True)
    ]
    return Table(
        "Discovery time",
        ["method", "one image", "without the Jacobian", f"{results.experiment.discovery} images", "without the Jacobians"],
        rows,
        [
            "Medians over images, the slower of the regions. A Jacobian that several methods or regions share is charged to each in full; two equal "
            "figures mean that the method computes no whole Jacobian (its JVPs and VJPs are part of its time). Bold: the shortest."
        ],
        frozenset(place for i, values in enumerate(columns, 1) for place in column(i, _shortest(values))),
    )  # fmt: skip


def distances(results: Results, setting: str) -> Table | None:
    """The table of all distances between sets and all pair measures at the reference level; None if none was measured."""
    titles, measures = results.distance_titles, results.pair_measures
    if not titles and not measures:
        return None
    rows = []
    for region in results.experiment.regions:
        for method in results.methods:
            case: Case = (setting, region, method)
            found = results.distances(case)
            row = [f"{display_name(region)}, {results.title(method)}"]
            row += [f"{found[title][0]:.3g} ({found[title][1]})" if title in found else NOTHING for title in titles]
            for measure in measures:
                value, missing = results.measured(case, measure)
                row.append((_interval(value, 3) if value else NOTHING) + (f", {missing} without" if missing else ""))
            rows.append(row)
    unedited = [*map(results.floor, titles), *map(results.unrelated, measures)]
    if any(value is not None for value in unedited):
        cells = (NOTHING if value is None else f"{value:.3g}" for value in unedited)
        rows.append(["unrelated, unedited images", *cells])
    return Table(
        f"Measures at {results.experiment.reference:g} inside, {SETTING_TITLES[setting]}",
        ["region, method", *titles, *measures],
        rows,
        [
            "In brackets after a distance: the number of images. Frechet distances are to the images' originals; kernel distances, which assume independent "
            "sets, to the same number of other images of the generator. Pair measures (edit and original): medians over images with 95% intervals. Last row: "
            "unedited images against others, for scale."
        ],
    )


def inapplicable(results: Results) -> Table | None:
    """The table of methods that do not apply to the model, with the reasons; None if all apply."""
    found = results.of("inapplicable")
    if not found:
        return None
    rows = [[results.title(one["method"]), one["reason"]] for one in found]
    return Table("Methods that do not apply", ["method", "reason"], rows)


PAPER_ATTRIBUTES = ("close eyes", "close mouth", "lipstick", "big nose")
PAPER_FIGURES = {
    "StyleSpace": (("26.32", "2.31", "0.51"), ("24.83", "2.43", "0.51"), ("57.12", "0.63", "0.84"), ("25.65", "0.98", "0.75"), "10.0 s"),
    "LowRankGAN": (("25.43", "5.61", "0.53"), ("24.91", "4.96", "0.73"), ("32.33", "8.44", "0.63"), ("25.37", "5.52", "0.56"), "393 s"),
    "ReSeFa": (("24.40", "2.51", "0.83"), ("23.35", "2.11", "0.85"), ("38.41", "1.53", "0.89"), ("24.82", "1.64", "0.85"), "0.5 s"),
}  # fmt: skip
"""Table 1 of the paper (Zhu et al., ICML 2022) as printed: FID / masked MSE / identity similarity, and the discovery time."""


def paper_table(model: str, resolution: tuple[int, ...]) -> Table:
    """The table of the paper's figures, with the reasons why they are not comparable with those of this run."""
    size = " x ".join(map(str, resolution))
    return Table(
        "Table 1 of the paper",
        ["method", *PAPER_ATTRIBUTES, "discovery"],
        [[name, *(" / ".join(cell) for cell in cells), time] for name, (*cells, time) in PAPER_FIGURES.items()],
        [
            "FID / masked MSE / identity similarity of StyleGAN2 on FFHQ at 1024 x 1024, on an RTX 2080 Ti. This report measures another network "
            f"({model}, {size}), other regions and another machine, at matched strengths, which the paper does not match: only the order of the methods is "
            "comparable, not the figures."
        ],
    )


def _figure(found: Estimate | None) -> str:
    return f"{found.value:.4f}" if found else NOTHING


def _interval(found: Estimate | None, digits: int = 4) -> str:
    if found is None:
        return NOTHING
    if found.low is None or found.high is None:
        return f"{found.value:.{digits}f}"
    return f"{found.value:.{digits}f} [{found.low:.{digits}f}, {found.high:.{digits}f}]"


def _least(found: Sequence[Estimate | None]) -> set[int]:
    """The rows with the least value among the rows with the most images."""
    return best_of([one and one.value for one in found], [one.count if one else 0 for one in found])


def _shortest(seconds: Sequence[float | None]) -> set[int]:
    return best_of(seconds, [1] * len(seconds))


def _seconds(value: float) -> str:
    return f"{value:.2g} s" if value < 10 else f"{value:.0f} s"


def _absent(results: Results, otherwise: str, *words: str) -> str:
    """The reasons why measures whose names contain one of these words are missing, as one text."""
    reasons = [one["reason"] for one in results.of("absent") if any(word in one["measure"].lower() for word in words)]
    return " ".join(dict.fromkeys(reasons)) if reasons else otherwise
