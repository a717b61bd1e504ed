from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from resefa.errors import UsageError
from resefa.presentation.contact_sheet import BLANK, GAP, MARGIN, PAPER, SheetRow, contact_sheet

RED = (255, 0, 0)


def red(width: int = 40, height: int = 30) -> Image.Image:
    return Image.new("RGB", (width, height), RED)


def where(sheet: Image.Image, colour: tuple[int, int, int]) -> np.ndarray:
    return (np.asarray(sheet) == np.array(colour)).all(-1)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.text(max_size=60), st.integers(1, 5), st.lists(st.text(max_size=60), max_size=3)),
        min_size=1,
        max_size=4,
    ),
    st.lists(st.text(max_size=40), max_size=6),
    st.text(max_size=120),
    st.text(max_size=120),
)
def test_no_text_ever_covers_a_picture_or_runs_off_the_sheet(rows, column_labels, title, footer):
    sheet = contact_sheet(
        [SheetRow(label, [red()] * count, details) for label, count, details in rows], column_labels, title, footer
    )
    assert where(sheet, RED).sum() == sum(count for _, count, _ in rows) * 40 * 30
    edge = np.asarray(sheet)
    for side in (edge[:8], edge[-8:], edge[:, :8], edge[:, -8:]):
        assert (side == np.array(PAPER)).all()


def test_columns_stand_below_each_other():
    sheet = contact_sheet([SheetRow("a", [red(), red()]), SheetRow("a much longer label", [red(), red()])], ["x", "y"])
    columns = np.nonzero(where(sheet, RED).any(0))[0]
    assert len(columns) == 2 * 40


def test_labels_are_drawn_and_long_ones_wrapped():
    bare = contact_sheet([SheetRow("", [red()])], [])
    short = contact_sheet([SheetRow("mouth", [red()])], ["0"], "title", "footer")
    long = contact_sheet([SheetRow("word " * 60, [red()])], [])
    assert short.width > bare.width and short.height > bare.height
    assert long.width < 400 and long.height > 100


def test_a_missing_picture_leaves_a_blank_cell_and_cells_of_other_sizes_fit():
    sheet = contact_sheet([SheetRow("a", [red(), None]), SheetRow("b", [red(20, 50)])], [])
    assert where(sheet, BLANK).sum() == 40 * 30
    assert where(sheet, RED).sum() == 40 * 30 + 20 * 50


@pytest.mark.parametrize("rows", [[], [SheetRow("a", [])], [SheetRow("a", [None])]])
def test_a_sheet_without_pictures_is_refused(rows):
    with pytest.raises(UsageError, match="no picture"):
        contact_sheet(rows, [])


def test_captions_lie_below_their_pictures_and_in_blank_cells():
    picture = Image.new("RGB", (96, 40), (200, 30, 30))
    bare = contact_sheet([SheetRow("", [picture, None])], [])
    captioned = contact_sheet([SheetRow("", [picture, None], captions=["limit reached", "limit"])], [])
    assert captioned.width == bare.width and captioned.height > bare.height
    below = np.asarray(captioned)[MARGIN + 40 : -MARGIN, MARGIN : MARGIN + 96]
    blank = np.asarray(captioned)[MARGIN : MARGIN + 40, MARGIN + 96 + GAP : -MARGIN]
    assert below.min() < 150 and blank.min() < 150, "no ink"
    assert np.asarray(bare)[MARGIN : MARGIN + 40, MARGIN + 96 + GAP : -MARGIN].min() > 200
