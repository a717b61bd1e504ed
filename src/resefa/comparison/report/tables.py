"""The tables of a report."""

from __future__ import annotations

from collections.abc import Sequence

from resefa.comparison.bootstrap import FEWEST, Estimate
from resefa.comparison.experiment import CARRIED, OWN
from resefa.comparison.report.method_styles import OURS, SETTING_TITLES, short
from resefa.comparison.report.results import Case, Results
from resefa.comparison.report.table_formats import Table, best_of, column

NOTHING = "–"


def paper_layout(results: Results, setting: str) -> Table:
    """Method by region, as the paper's Table 1 has it: distance between sets / outside change / similarity, and discovery."""
    reference, titles = results.experiment.reference, results.distance_titles
    distance = next((title for title in titles if title == "FID"), titles[0] if titles else None)
    similarity = next((name for name in results.pair_measures if name.startswith("identity")), None)
    parts = [distance or "distance between sets", "masked MSE", similarity or "identity"]
    regions = list(results.experiment.regions)
    rows, fewer = [], False
    changes: list[list[Estimate | None]] = [[] for _ in regions]
    speeds: list[list[tuple[float, float] | None]] = [[], []]
    for method in results.methods:
        row, times, few = [results.title(method)], [], False
        for place, region in enumerate(regions):
            case = (setting, region, method)
            found = results.distances(case).get(distance or "")
            few |= bool(found and found[1] < len(results.images))
            outside, (same, _) = results.outside(case, reference), results.measured(case, similarity or "")
            changes[place].append(outside)
            row.append(" / ".join([
                (f"{found[0]:.3g}" + ("†" if found[1] < len(results.images) else "")) if found else NOTHING,
                _figure(outside), f"{same.value:.3f}" if same else NOTHING,
            ]))  # fmt: skip
            if (time := results.seconds(case)) is not None:
                times.append(time)
        fewer |= few
        row += [_seconds(max(t[i] for t in times)) if times else NOTHING for i in (0, 1)]
        for i in (0, 1):
            speeds[i].append(max(t[i] for t in times) if times else None)
        rows.append(row)
    best = {place for i, found in enumerate(changes, 1) for place in column(i, _least(found))}
    for i, values in enumerate(speeds, len(regions) + 1):
        best |= column(i, best_of(values, [1] * len(values)))
    notes = [
        f"Each cell: {' / '.join(parts)}. Masked MSE: median over images of the mean squared change outside the region (images in [-1, 1]), "
        f"at {reference:g} inside, both signs. Discovery: median over images of one region, the slower of the regions. Bold: the least masked MSE among the "
        "methods measured on all images, and the shortest time."
    ]
    if distance is None:
        notes.append(
            "There is no distance between sets. " + _absent(results, "No extractor was given.", "fid", "efficientnet")
        )
    else:
        floor = results.floor(distance)
        notes.append(
            f"{distance} is between the edited images (both signs) and their originals"
            + (
                f"; of {len(results.images)} other images of the generator it is {floor:.3g}"
                if floor is not None
                else ""
            )
            + f". Sets of {len(results.images)} images do not fill the features' covariance: the figures are biased and compare only with each "
            "other." + (" † fewer images, which cannot be compared with the rest." if fewer else "")
        )
        if distance != "FID":
            notes.append("This is not the FID. " + _absent(results, "Inception's weights were not given.", "fid"))
    if similarity is not None and (apart := results.strangers(similarity)) is not None:
        notes.append(
            f"{similarity[0].upper()}{similarity[1:]} of two unrelated images of the generator is {apart:.3f}, not 0."
        )
    if similarity is None:
        notes.append("There is no identity similarity. " + _absent(results, "No face embedding was given.", "identity"))
    return Table(
        f"Table 1, in the paper's layout: directions {SETTING_TITLES[setting]}",
        ["method", *(short(region) for region in regions), "discovery", "without the Jacobian"],
        rows,
        notes,
        frozenset(best),
    )


def matched(results: Results, setting: str, region: str) -> Table:
    """Change outside at each matched change inside, with its interval; one region."""
    levels, rows = results.experiment.levels, []
    against = OURS in results.methods
    changes: list[list[Estimate | None]] = [[] for _ in levels]
    for method in results.methods:
        case: Case = (setting, region, method)
        row = [results.title(method)]
        for values, level in zip(changes, levels, strict=True):
            values.append(results.outside(case, level))
            row.append(_interval(values[-1]))
        if against:
            row.append(
                "1" if method == OURS else _interval(results.against_ours(case, results.experiment.reference), 1)
            )
        short_of = [results.not_reached(case, level) for level in levels]
        row.append(f"{sum(one[0] for one in short_of)} of {sum(one[1] for one in short_of)}")
        images = {image for level in levels for image in results.per_image(case, level)}
        lost = len(results.failures(case))
        row.append(f"{len(images)}" + (f", {lost} failed" if lost else ""))
        rows.append(row)
    return Table(
        f"{short(region)}: change outside at the same change inside, {SETTING_TITLES[setting]}",
        ["method", *(f"inside {level:g}" for level in levels), *([f"relative to {results.title(OURS)}"] if against else []), "not reached", "images"],
        rows,
        [
            f"Medians over images with 95 % bootstrap intervals ({FEWEST} images or more; without brackets: fewer); an image's value is the mean of both signs. "
            "Bold: the least of those measured on most images. "
            + (f"Relative: median over the images that both have, at {results.experiment.reference:g} inside. " if against else "")
            + "Not reached: edits that do not reach the change inside; they are counted and take no part in the medians."
        ],
        frozenset(place for i, found in enumerate(changes, 1) for place in column(i, _least(found))),
    )  # fmt: skip


def timing(results: Results) -> Table:
    """Discovery time of both settings, with and without the Jacobian."""
    rows = []
    columns: list[list[float | None]] = [[], [], [], []]
    for method in results.methods:
        row = [results.title(method)]
        for place, setting in enumerate((OWN, CARRIED)):
            times = [
                time for region in results.experiment.regions if (time := results.seconds((setting, region, method)))
            ]
            for i in (0, 1):
                columns[2 * place + i].append(max(time[i] for time in times) if times else None)
        row += [NOTHING if values[-1] is None else _seconds(values[-1]) for values in columns]
        rows.append(row)
    discovery = results.experiment.discovery
    return Table(
        "Discovery time",
        ["method", "one image", "without the Jacobian", f"{discovery} images", "without the Jacobians"],
        rows,
        [
            "Medians over images, the slower of the regions. A Jacobian that several methods or regions share is charged to each of them in full; a method "
            "with two equal figures takes no whole Jacobian (its products are part of its time). Bold: the shortest."
        ],
        frozenset(
            place for i, values in enumerate(columns, 1) for place in column(i, best_of(values, [1] * len(values)))
        ),
    )


def distances(results: Results, setting: str) -> Table | None:
    """All distances between sets and all measures of pairs at the reference level."""
    titles, measures = results.distance_titles, results.pair_measures
    if not titles and not measures:
        return None
    rows = []
    for region in results.experiment.regions:
        for method in results.methods:
            case: Case = (setting, region, method)
            found = results.distances(case)
            row = [f"{short(region)}, {results.title(method)}"]
            row += [f"{found[title][0]:.3g} ({found[title][1]})" if title in found else NOTHING for title in titles]
            for measure in measures:
                value, missing = results.measured(case, measure)
                row.append((_interval(value, 3) if value else NOTHING) + (f", {missing} without" if missing else ""))
            rows.append(row)
    floors = [results.floor(title) for title in titles]
    strangers = [results.strangers(measure) for measure in measures]
    if any(value is not None for value in (*floors, *strangers)):
        digits = [(value, 3) for value in (*floors, *strangers)]
        rows.append(
            ["unrelated, unedited images", *(NOTHING if value is None else f"{value:.{n}g}" for value, n in digits)]
        )
    return Table(
        f"Measures at {results.experiment.reference:g} inside, {SETTING_TITLES[setting]}",
        ["region, method", *titles, *measures],
        rows,
        [
            "In brackets after a distance: on how many images. Frechet distances are to the images' own originals; kernel distances, which presume independent "
            "sets, to as many other images of the generator. Figures of pairs (edit and original): medians over images with 95 % intervals. The last row: "
            "unedited images against others, for scale."
        ],
    )


def inapplicable(results: Results) -> Table | None:
    """Methods that do not apply, and why."""
    found = results.of("inapplicable")
    if not found:
        return None
    rows = [[results.title(one["method"]), one["reason"]] for one in found]
    return Table("Methods that do not apply", ["method", "reason"], rows)


def _figure(found: Estimate | None) -> str:
    return f"{found.value:.4f}" if found else NOTHING


def _interval(found: Estimate | None, digits: int = 4) -> str:
    if found is None:
        return NOTHING
    if found.low is None or found.high is None:
        return f"{found.value:.{digits}f}"
    return f"{found.value:.{digits}f} [{found.low:.{digits}f}, {found.high:.{digits}f}]"


def _least(found: Sequence[Estimate | None]) -> set[int]:
    """Rows with the least value, among those of most images."""
    return best_of([one and one.value for one in found], [one.count if one else 0 for one in found])


def _seconds(value: float) -> str:
    return f"{value:.2g} s" if value < 10 else f"{value:.0f} s"


def _absent(results: Results, otherwise: str, *words: str) -> str:
    """Why the measures whose names hold one of these words are not there."""
    reasons = [one["reason"] for one in results.of("absent") if any(word in one["measure"].lower() for word in words)]
    return " ".join(dict.fromkeys(reasons)) if reasons else otherwise


ATTRIBUTES = ("close eyes", "close mouth", "lipstick", "big nose")
FIGURES = {
    "StyleSpace": (("26.32", "2.31", "0.51"), ("24.83", "2.43", "0.51"), ("57.12", "0.63", "0.84"), ("25.65", "0.98", "0.75"), "10.0 s"),
    "LowRankGAN": (("25.43", "5.61", "0.53"), ("24.91", "4.96", "0.73"), ("32.33", "8.44", "0.63"), ("25.37", "5.52", "0.56"), "393 s"),
    "ReSeFa": (("24.40", "2.51", "0.83"), ("23.35", "2.11", "0.85"), ("38.41", "1.53", "0.89"), ("24.82", "1.64", "0.85"), "0.5 s"),
}  # fmt: skip


def paper_table(model: str, resolution: tuple[int, int]) -> Table:
    """The paper's own figures, with what keeps them apart from those of this run."""
    height, width = resolution
    return Table(
        "The paper's own Table 1",
        ["method", *ATTRIBUTES, "discovery"],
        [[name, *(" / ".join(cell) for cell in cells), time] for name, (*cells, time) in FIGURES.items()],
        [
            f"FID / masked MSE / identity similarity of StyleGAN2 on FFHQ at 1024 x 1024, on an RTX 2080 Ti. The figures above are of another "
            f"network ({model}, {height} x {width}), other regions and another machine, at strengths that are matched here and "
            "were not there: only the order of the methods, not the figures, can be set beside them."
        ],
    )
