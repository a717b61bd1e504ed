"""Tables: what is bold, and names as text in every form."""

from __future__ import annotations

import pytest

from resefa.comparison.report.table_formats import Table, as_markdown, best_of


@pytest.mark.parametrize(
    ("values", "counts", "best"),
    [
        ([0.3, 0.1, 0.2], [8, 8, 8], {1}),
        ([0.3, 0.1, 0.2], [8, 2, 8], {2}),  # two images are another sample
        ([0.1, 0.1, None], [8, 8, 0], {0, 1}),
        ([0.1, None], [8, 0], set()),  # nothing to be best of
        ([None, None], [0, 0], set()),
        ([], [], set()),
    ],
)
def test_best_of(values, counts, best):
    assert best_of(values, counts) == best


def test_best_of_the_largest():
    assert best_of([0.1, 0.3], [4, 4], largest=True) == {1}


NASTY = "a|b `c` <script>x</script> [d](javascript:e)\n# f & $g$ 5% _h_ {i} ~ ^ \\j"


def test_a_name_is_text_in_markdown():
    text = Table(NASTY, ["method", NASTY], [[NASTY, "1"]], [NASTY]).markdown()
    assert "<script" not in text and "](javascript" not in text and "\n# f" not in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.replace("\\|", "").count("|") == 3 for line in rows)


def test_a_name_is_text_in_latex_and_html():
    table = Table("t", ["method", "x"], [[NASTY, "1"]], best=frozenset({(0, 1)}))
    line = next(line for line in table.latex().splitlines() if "script" in line)
    assert r"\& \$g\$ 5\% \_h\_ \{i\}" in line and line.endswith(r"\textbf{1} \\")
    assert "<script" not in table.html() and "<td><b>1</b></td>" in table.html()


def test_csv_quotes_what_needs_it():
    assert Table("t", ["a", "b"], [["x, y", 'say "z"']]).csv() == 'a,b\n"x, y","say ""z"""\n'


def test_markdown_of_one_line():
    assert as_markdown("a\nb\r\nc") == "a b c"
