"""The tables of a report."""

from __future__ import annotations

from resefa.evaluation.bootstrap import Estimate
from resefa.evaluation.experiment import CARRIED, OWN
from resefa.evaluation.report.names import OURS, SETTING_TITLES, look, short
from resefa.evaluation.report.results import Case, Results
from resefa.evaluation.report.table import Table

NOTHING = "–"


def paper_layout(results: Results, setting: str) -> Table:
    """Method by region, as the paper's Table 1 has it: distance between sets / outside change / similarity, and discovery."""
    reference, titles = results.experiment.reference, results.distance_titles
    distance = next((title for title in titles if title == "FID"), titles[0] if titles else None)
    similarity = next((name for name in results.pair_measures if name.startswith("identity")), None)
    parts = [distance or "distance between sets", "masked MSE", similarity or "identity"]
    regions = list(results.experiment.regions)
    rows, fewer = [], False
    for method in results.methods:
        row, times, few = [look(method).title], [], False
        for region in regions:
            case = (setting, region, method)
            found = results.distances(case).get(distance or "")
            few |= bool(found and found[1] < len(results.images))
            outside, (same, _) = results.outside(case, reference), results.measured(case, similarity or "")
            row.append(" / ".join([
                (f"{found[0]:.3g}" + ("†" if found[1] < len(results.images) else "")) if found else NOTHING,
                _figure(outside), f"{same.value:.2f}" if same else NOTHING,
            ]))  # fmt: skip
            if (time := results.seconds(case)) is not None:
                times.append(time)
        fewer |= few
        row += [_seconds(max(t[i] for t in times)) if times else NOTHING for i in (0, 1)]
        rows.append(row)
    notes = [
        f"Each cell: {' / '.join(parts)}. Masked MSE: median over images of the mean squared change outside the region (images in [-1, 1]), "
        f"at {reference:g} inside, both signs. Discovery: median over images of one region, the slower of the regions."
    ]
    if distance is None:
        notes.append("No distance between sets: " + _absent(results, "no extractor was given.", ""))
    else:
        floor = results.floor(distance)
        notes.append(
            f"{distance} is between the edited images (both signs) and their originals"
            + (f"; of {len(results.images)} other images of the generator it is {floor:.3g}" if floor is not None else "")
            + f". Sets of {len(results.images)} images do not fill the features' covariance: the figures are biased and compare only with each "
            "other." + (" † fewer images, which cannot be compared with the rest." if fewer else "")
        )
        if distance != "FID":
            notes.append("Not the FID: " + _absent(results, "Inception's weights were not given.", "fid"))
    if similarity is None:
        notes.append("No identity similarity: " + _absent(results, "no face embedding was given.", "identity"))
    return Table(
        f"Table 1, in the paper's layout: directions {SETTING_TITLES[setting]}",
        ["method", *(short(region) for region in regions), "discovery", "without the Jacobian"],
        rows,
        notes,
        frozenset(i for i, method in enumerate(results.methods) if method == OURS),
    )


def matched(results: Results, setting: str, region: str) -> Table:
    """Change outside at each matched change inside, with its interval; one region."""
    levels = results.experiment.levels
    rows = []
    for method in results.methods:
        case: Case = (setting, region, method)
        row = [look(method).title]
        row += [_interval(results.outside(case, level)) for level in levels]
        ratio = results.against_ours(case, results.experiment.reference)
        row.append("1" if method == OURS else f"{ratio.value:.1f} [{ratio.low:.1f}, {ratio.high:.1f}]" if ratio else NOTHING)
        short_of = [results.not_reached(case, level) for level in levels]
        row.append(f"{sum(one[0] for one in short_of)} of {sum(one[1] for one in short_of)}")
        images = {image for level in levels for image in results.per_image(case, level)}
        lost = len(results.failures(case))
        row.append(f"{len(images)}" + (f", {lost} failed" if lost else ""))
        rows.append(row)
    return Table(
        f"{short(region)}: change outside at the same change inside, {SETTING_TITLES[setting]}",
        ["method", *(f"inside {level:g}" for level in levels), "times ours", "not reached", "images"],
        rows,
        [
            "Medians over images with 95 % bootstrap intervals; an image's value is the mean of both signs. Times ours: median over the images that both "
            f"have, at {results.experiment.reference:g} inside. Not reached: edits whose step grew to its end before the change was there; "
            "they are counted and take no part in the medians."
        ],
        frozenset(i for i, method in enumerate(results.methods) if method == OURS),
    )  # fmt: skip


def timing(results: Results) -> Table:
    """Discovery time of both settings, with and without the Jacobian."""
    rows = []
    for method in results.methods:
        row = [look(method).title]
        for setting in (OWN, CARRIED):
            times = [time for region in results.experiment.regions if (time := results.seconds((setting, region, method)))]
            row += [_seconds(max(time[i] for time in times)) if times else NOTHING for i in (0, 1)]
        rows.append(row)
    discovery = results.experiment.discovery
    return Table(
        "Discovery time",
        ["method", "one image", "without the Jacobian", f"{discovery} images", "without the Jacobians"],
        rows,
        [
            "Medians over images, the slower of the regions. A Jacobian that several methods or regions share is charged to each of them in full; a method "
            "with two equal figures takes no whole Jacobian (its products are part of its time)."
        ],
        frozenset(i for i, method in enumerate(results.methods) if method == OURS),
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
            row = [f"{short(region)}, {look(method).title}"]
            row += [f"{found[title][0]:.3g} ({found[title][1]})" if title in found else NOTHING for title in titles]
            for measure in measures:
                value, missing = results.measured(case, measure)
                row.append((_interval(value, 3) if value else NOTHING) + (f", {missing} without" if missing else ""))
            rows.append(row)
    floors = [results.floor(title) for title in titles]
    if any(floor is not None for floor in floors):
        rows.append(["other images of the generator", *(NOTHING if f is None else f"{f:.3g}" for f in floors), *([NOTHING] * len(measures))])
    return Table(
        f"Measures at {results.experiment.reference:g} inside, {SETTING_TITLES[setting]}",
        ["region, method", *titles, *measures],
        rows,
        ["In brackets after a distance: on how many images. The last row: originals against as many other images."],
    )


def inapplicable(results: Results) -> Table | None:
    """Methods that do not apply, and why."""
    found = results.of("inapplicable")
    if not found:
        return None
    rows = [[look(one["method"]).title, one["reason"]] for one in found]
    return Table("Methods that do not apply", ["method", "reason"], rows)


def _figure(found: Estimate | None) -> str:
    return f"{found.value:.4f}" if found else NOTHING


def _interval(found: Estimate | None, digits: int = 4) -> str:
    if found is None:
        return NOTHING
    return f"{found.value:.{digits}f} [{found.low:.{digits}f}, {found.high:.{digits}f}]"


def _seconds(value: float) -> str:
    return f"{value:.2g} s" if value < 10 else f"{value:.0f} s"


def _absent(results: Results, otherwise: str, word: str = "") -> str:
    reasons = [one["reason"] for one in results.of("absent") if word in one["measure"].lower()]
    return " ".join(reasons) if reasons else otherwise
