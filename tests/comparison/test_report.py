"""The report is made from the results alone."""

from __future__ import annotations

import csv
import re
import shutil

import pytest
from PIL import Image
from reference.planted import REGION, planted_generator

from resefa.comparison.comparison import Comparison
from resefa.comparison.experiment import Experiment
from resefa.comparison.measures.registry import Measures
from resefa.comparison.methods import methods_of
from resefa.errors import OutputError, UsageError

pytest.importorskip("matplotlib")
from resefa.comparison.report.method_styles import save_titles
from resefa.comparison.report.report import write_report
from resefa.comparison.report.results import Results, summary


class FirstPixels:
    name, fingerprint, better = "identity (first pixels)", "1", "higher"

    def of(self, edited, original):
        return [0.5 if i else None for i in range(len(edited))]

    def features(self, images):
        return images.flatten(1)[:, :3]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a report, made where neither the generator nor its directions and features are at hand any more."""
    made, folder = tmp_path_factory.mktemp("made"), tmp_path_factory.mktemp("moved") / "here"
    generator, measures = planted_generator(), Measures((FirstPixels(),), (FirstPixels(),), {"FID": "no weights came."})
    experiment = Experiment(
        "planted", generator.fingerprint, {REGION: REGION}, methods_of(["resefa", "random", "stylespace"]),
        resolution=(8, 8), images=6, discovery=2, levels=(0.02, 0.05), shown=2, measures=measures.fingerprints(),
    )  # fmt: skip
    Comparison(generator, experiment, made, measures=measures).run()
    shutil.rmtree(made / "directions")
    shutil.rmtree(made / "features")
    shutil.move(made, folder)
    assert write_report(folder) == folder / "report.html"
    return folder


def test_the_page_has_everything_in_it(folder):
    page = (folder / "report.html").read_text()
    sources = re.findall(r'(?:src|href)="([^"]{0,30})', page)
    assert len(sources) >= 6 and all(source.startswith("data:") for source in sources)
    for words in (
        "ReSeFa",
        "Random",
        "StyleSpace edits channels",
        "no weights came",
        "393 s",
        "another network",
        "seeds 1000 to 1005",
    ):
        assert words in page, words


def test_markdown_names_figures_that_are_there(folder):
    text = (folder / "report.md").read_text()
    paths = re.findall(r"!\[.*?\]\((.*?)\)", text)
    assert len(paths) >= 6
    for path in paths:
        with Image.open(folder / path) as picture:
            assert min(picture.size) > 100
    for name in ("outside-at-matched-inside", "curves-per-image", "curves-transferred", "discovery-time"):
        assert (folder / "figures" / f"{name}.pdf").read_bytes().startswith(b"%PDF")
        assert "<svg" in (folder / "figures" / f"{name}.svg").read_text()


def test_the_tables_say_what_the_results_file_says(folder):
    results = Results(folder)
    found = results.outside(("transferred", REGION, "random"), 0.05)
    assert f"{found.value:.4f} [{found.low:.4f}, {found.high:.4f}]" in (folder / "report.md").read_text()
    assert found.low <= found.value <= found.high and found.count == 6
    edits = [
        one
        for one in results.of("edit")
        if (one["setting"], one["method"], one["level"]) == ("transferred", "random", 0.05)
    ]
    image = [one["outside"] for one in edits if one["image"] == 1002]
    assert results.per_image(("transferred", REGION, "random"), 0.05)[1002] == pytest.approx(sum(image) / 2)
    ratio = results.against_ours(("per-image", REGION, "random"), 0.05)
    assert ratio.low > 10


def test_a_measure_that_found_nothing_is_counted(folder):
    value, missing = Results(folder).measured(("per-image", REGION, "resefa"), "identity (first pixels)")
    assert value.value == 0.5 and missing == 6
    assert (
        "two unrelated images" not in (folder / "report.md").read_text()
    )  # its first image, which is all of a pair, has no figure
    assert "6 without" in (folder / "report.md").read_text()


def test_a_report_twice_is_the_same(folder):
    before = (folder / "report.md").read_text(), (folder / "figures" / "curves-per-image.svg").read_bytes()
    write_report(folder)
    assert before == ((folder / "report.md").read_text(), (folder / "figures" / "curves-per-image.svg").read_bytes())


def test_the_summary_for_machines(folder):
    facts = summary(Results(folder))
    assert facts["images"] == 6 and set(facts["inapplicable"]) == {"stylespace"}
    own = [one for one in facts["results"] if one["setting"] == "per-image"]
    assert [one["method"] for one in own] == ["resefa", "random"]
    assert own[0]["outside"]["0.05"]["value"] < 1e-3 < own[1]["outside"]["0.05"]["value"]


def test_bold_is_the_best_of_each_column_and_not_a_name(folder):
    text = (folder / "report.md").read_text()
    assert re.search(r"\| ReSeFa \| \*\*0\.000\d \[", text), (
        "the least change outside is bold, its method's name is not"
    )
    assert not re.search(r"\| Random \| \*\*0\.\d+ \[", text)


def test_every_table_is_there_for_papers_and_spreadsheets(folder):
    names = {path.name for path in (folder / "tables").iterdir()}
    matched = sorted(name for name in names if name.endswith(".csv") and "change-outside" in name)
    assert len(matched) == 2 and {name.removesuffix(".csv") + ".tex" for name in matched} <= names
    rows = list(csv.reader((folder / "tables" / matched[0]).read_text().splitlines()))
    assert rows[0][:2] == ["method", "inside 0.02"] and [row[0] for row in rows[1:]] == ["ReSeFa", "Random"]
    assert r"\textbf{" in (folder / "tables" / matched[0].replace(".csv", ".tex")).read_text()


def test_titles_are_the_persons_and_stay(folder, tmp_path, png_figures):
    copy = shutil.copytree(folder, tmp_path / "copy")
    save_titles(copy, {"random": "Chance & <b>luck</b>, $5"})
    write_report(copy)
    write_report(copy)
    text, page = (copy / "report.md").read_text(), (copy / "report.html").read_text()
    assert "Chance &amp; &lt;b&gt;luck&lt;/b&gt;, $5" in text and "<b>luck" not in text and "<b>luck" not in page
    assert any(r"Chance \& <b>luck</b>, \$5" in path.read_text() for path in (copy / "tables").glob("*.tex"))


HOSTILE = """</title><script>alert('x')</script>" onload="alert(1)" {{ 7*7 }} & 日本 \u202eevil\u200b"""
SHOWN = HOSTILE.replace("\u202e", "\\u202e").replace("\u200b", "\\u200b")


def test_a_hostile_title_is_shown_as_text_in_a_browser(folder, tmp_path, open_page, png_figures):
    copy = shutil.copytree(folder, tmp_path / "copy")
    save_titles(copy, {"random": HOSTILE})
    page = write_report(copy)
    browser = open_page(page)
    cells = browser.run("[...document.querySelectorAll('tbody th')].map(cell => cell.textContent)")
    assert SHOWN in cells
    assert browser.run("document.scripts.length + document.querySelectorAll('[onload]').length") == 0
    assert browser.run("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
    assert browser.complaints() == [] and browser.requests() == [page.resolve().as_uri()]


@pytest.mark.parametrize("width", [360, 800, 1600])
def test_nothing_runs_off_the_screen(folder, open_page, width):
    browser = open_page(folder / "report.html")
    browser.resize(width, 900)
    assert browser.run("document.documentElement.scrollWidth") <= width


def test_a_figure_escapes_what_its_font_lacks():
    from resefa.comparison.report.figures import figure_text

    assert figure_text("Zoë 日 $x$") == "Zoë \\u65e5 \\$x\\$"
    assert figure_text("שלום") == "\\u05e9\\u05dc\\u05d5\\u05dd"


def test_a_figure_that_fails_leaves_the_older_and_no_half(folder, tmp_path, monkeypatch):
    copy = shutil.copytree(folder, tmp_path / "copy")
    before = {path: path.read_bytes() for path in (copy / "figures").iterdir()}
    from matplotlib.figure import Figure

    def broken(self, path, **_):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Figure, "savefig", broken)
    with pytest.raises(OutputError, match="disk is full"):
        write_report(copy)
    assert {path: path.read_bytes() for path in (copy / "figures").iterdir()} == before


def test_results_of_another_experiment_are_one_sentence(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "copy")
    path = copy / "results.jsonl"
    path.write_text(path.read_text().replace('"method": "random"', '"method": "unknown"'))
    with pytest.raises(UsageError, match="method 'unknown', which is not in experiment.json"):
        Results(copy)


def test_a_folder_without_results_is_said(tmp_path):
    with pytest.raises(UsageError, match="does not contain experiment.json"):
        write_report(tmp_path)
