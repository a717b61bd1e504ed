"""Shapes of the page as a region: the same pixels as the region typed as text, later shapes win, and one sentence for anything wrong."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from resefa.errors import RegionError
from resefa.projects.shapes import MOST_POINTS, MOST_SHAPES, marks_something, plain, region_of, shapes_from
from resefa.regions.region import Region

SIZE = (24, 36)


def box(mode: str, *numbers: float) -> dict[str, Any]:
    return {"kind": "box", "mode": mode, "box": list(numbers)}


def stroke(mode: str, radius: float, *points: tuple[float, float]) -> dict[str, Any]:
    return {"kind": "stroke", "mode": mode, "points": [list(point) for point in points], "radius": radius}


HEAD, MOUTH = box("edit", 0.1, 0.1, 0.6, 0.5), box("edit", 0.5, 0.25, 0.125, 0.5)


def region(*drawn: dict[str, Any], feather: float = 0.0) -> Region:
    return region_of(shapes_from(list(drawn)), feather, "toon-faces")


def typed(found: Region) -> Region:
    """The region from its texts, as a user of the command line types them."""
    again = Region.parse(found.text)
    if found.protect_text is not None:
        again = again.protecting(Region.parse(found.protect_text))
    return again if found.ignore_text is None else again.ignoring(Region.parse(found.ignore_text))


def assert_same(first: Region, second: Region, size: tuple[int, int] = SIZE) -> None:
    one, other = first.weights(*size), second.weights(*size)
    assert torch.equal(one.edit, other.edit) and torch.equal(one.protect, other.protect)


fractions = st.floats(0, 0.5)
places = st.tuples(st.floats(0, 1), st.floats(0, 1))
modes = st.sampled_from(["edit", "protect", "ignore", "erase"])
drawings = st.lists(
    st.one_of(
        st.builds(box, modes, fractions, fractions, st.floats(0.05, 0.5), st.floats(0.05, 0.5)),
        st.builds(lambda mode, radius, points: stroke(mode, radius, *points), modes, st.floats(0.01, 0.5), st.lists(places, min_size=1, max_size=4)),
        st.builds(lambda mode, points: {"kind": "polygon", "mode": mode, "points": points}, modes, st.lists(places, min_size=3, max_size=5)),
        st.builds(lambda mode, name: {"kind": "preset", "mode": mode, "name": name}, modes, st.sampled_from(["mouth", "eyes", "hair"])),
    ),
    max_size=6,
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(drawings, st.sampled_from([0.0, 0.02]))
def test_drawn_and_typed_regions_have_the_same_weights_bit_for_bit(drawn: list[dict[str, Any]], feather: float) -> None:
    try:
        found = region(MOUTH, *drawn, feather=feather)
        found.weights(*SIZE)
    except RegionError as error:
        assert str(error).endswith(".")  # nothing left to edit or to protect
        return
    assert typed(found) == found
    assert_same(typed(found), found)
    assert plain(shapes_from(plain(shapes_from(drawn)))) == plain(shapes_from(drawn))


def test_a_box_a_stroke_and_a_preset_as_on_the_command_line() -> None:
    found = region(
        HEAD, stroke("edit", 0.03, (0.5, 0.5), (0.6, 0.7)), {"kind": "preset", "mode": "edit", "name": "mouth"}
    )
    text = "box:10%,10%,60%,50%+stroke:3%;50%,50%;60%,70%+toon-faces:mouth"
    assert found == Region.parse(text)
    assert_same(found, Region.parse(text), (256, 256))
    assert region(MOUTH, feather=0.02) == Region.parse("box:50%,25%,12.5%,50%~2%")


def marks(found: Region) -> tuple[Tensor, Tensor]:
    weights = found.weights(8, 8)
    return weights.edit, weights.protect


def test_later_shapes_win() -> None:
    whole, right = (0, 0, 1, 0.75), (0, 0.5, 1, 0.25)
    edit, protect = marks(region(box("edit", *whole), box("protect", *right)))
    assert edit[0].tolist() == [1, 1, 1, 1, 0, 0, 0, 0] and protect[0].tolist() == [0, 0, 0, 0, 1, 1, 0, 0]
    edit, protect = marks(region(box("protect", *right), box("edit", *whole), box("protect", 0, 0, 1, 0.25)))
    assert edit[0].tolist() == [0, 0, 1, 1, 1, 1, 0, 0] and protect[0].tolist() == [1, 1, 0, 0, 0, 0, 0, 0]
    edit, protect = marks(region(box("edit", *whole), box("ignore", *right), box("protect", *right)))
    assert protect[0].tolist() == [0, 0, 0, 0, 1, 1, 0, 0]
    edit, protect = marks(
        region(box("edit", *whole), box("protect", *right), box("ignore", *right), box("protect", 0, 0.75, 1, 0.125))
    )
    assert edit[0].tolist() == [1, 1, 1, 1, 0, 0, 0, 0] and protect[0].tolist() == [0, 0, 0, 0, 0, 0, 1, 0]
    edit, protect = marks(region(box("edit", *whole), box("erase", *right), box("edit", 0, 0.625, 1, 0.125)))
    assert edit[0].tolist() == [1, 1, 1, 1, 0, 1, 0, 0] and protect[0].tolist() == [0, 0, 0, 0, 1, 0, 1, 1]


def test_without_a_protect_mark_the_rest_is_protected_except_what_is_ignored() -> None:
    edit, protect = marks(region(box("edit", 0, 0, 1, 0.25), box("ignore", 0, 0.25, 1, 0.25)))
    assert edit[0].tolist() == [1, 1, 0, 0, 0, 0, 0, 0] and protect[0].tolist() == [0, 0, 0, 0, 1, 1, 1, 1]


def test_a_mark_that_is_erased_in_full_was_never_made() -> None:
    erased = stroke("erase", 0.3, (0.75, 0.75))
    for mode in ("protect", "ignore"):
        found = region(box("edit", 0, 0, 0.25, 0.25), box(mode, 0.7, 0.7, 0.1, 0.1), erased)
        assert found.protect_text is None and found.ignore_text is None
        assert_same(found, Region.box(0, 0, 0.25, 0.25, "fraction"))
    with pytest.raises(RegionError, match="empty"):
        region(box("edit", 0.7, 0.7, 0.1, 0.1), erased).weights(64, 64)


def test_painting_and_erasing_in_turn_many_times() -> None:
    """The shapes allowed at most, each within the next; weights as if drawn pixel by pixel."""
    drawn, expected = [], torch.zeros(64, 64, dtype=torch.float64)
    for place in range(MOST_SHAPES):
        mode, (top, left) = ("edit", "erase")[place % 2], (place * 7 % 48, place * 11 % 48)
        drawn.append(box(mode, top / 64, left / 64, 16 / 64, 16 / 64))
        expected[top : top + 16, left : left + 16] = 1 - place % 2
    start = time.process_time()
    found = region(*drawn)
    assert torch.equal(found.weights(64, 64).edit, expected)
    assert typed(found) == found
    assert time.process_time() - start < 5


def test_shapes_that_would_take_minutes_are_refused_at_once() -> None:
    zigzag = [(0.5, 0.5), (0.1, 0.9)] * 200
    for many in (
        [stroke("edit", 0.5, *zigzag)] * 11,
        [stroke("edit", 0.001, *zigzag)] * 65,
        [{"kind": "polygon", "mode": "edit", "points": zigzag}] * 22,
        [{"kind": "polygon", "mode": "erase", "points": zigzag}] * 22,
    ):
        start = time.process_time()
        with pytest.raises(RegionError, match="too many and too long"):
            region(*many)
        assert time.process_time() - start < 1
    # A long session of painting: 200 strokes of 60 points each, as the page thins them.
    region(*[stroke("edit", 0.05, *[(0.3 + i / 300, 0.5) for i in range(60)])] * MOST_SHAPES)


def test_whether_any_pixel_is_marked() -> None:
    assert marks_something(shapes_from([MOUTH])) and not marks_something(shapes_from([box("erase", 0, 0, 1, 1)]))
    with pytest.raises(RegionError, match="Nothing is marked to edit"):
        region()
    with pytest.raises(RegionError, match="Nothing is marked to edit"):
        region(box("protect", 0, 0, 0.5, 0.5))


@pytest.mark.parametrize(
    "data",
    [
        None, {}, 7, "box", [7], [[]], [None], [{}], [{"kind": "box"}],
        [MOUTH | {"mode": "delete"}], [MOUTH | {"kind": "circle"}], [MOUTH | {"extra": 1}],
        [box("edit", 0, 0, 1)], [box("edit", 0, 0, 1, 2)], [box("edit", -0.1, 0, 1, 1)], [box("edit", 0, 0, math.nan, 1)],
        [box("edit", 0, 0, math.inf, 1)], [box("edit", 0, 0, "1", 1)], [box("edit", 0, 0, True, 1)],
        [stroke("edit", 0, (0.5, 0.5))], [stroke("edit", 0.6, (0.5, 0.5))], [stroke("edit", math.nan, (0.5, 0.5))], [stroke("edit", 0.1)],
        [stroke("edit", 0.1, *[(0.5, 0.5)] * (MOST_POINTS + 1))], [stroke("edit", 0.1, (0.5, 1.5))],
        [{"kind": "polygon", "mode": "edit", "points": [[0, 0], [1, 1]]}],
        [{"kind": "preset", "mode": "edit", "name": ""}], [{"kind": "preset", "mode": "edit", "name": "a" * 101}],
        [MOUTH] * (MOST_SHAPES + 1),
    ],
)  # fmt: skip
def test_anything_else_is_refused_in_one_sentence(data: Any) -> None:
    with pytest.raises(RegionError) as caught:
        shapes_from(data)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("drawn", "says"),
    [
        (box("edit", 0.5, 0.5, 0.6, 0.1), "extends beyond"),
        (box("edit", 0.5, 0.5, 0, 0.1), "above 0"),
        ({"kind": "preset", "mode": "edit", "name": "wheel"}, "Unknown part"),
        ({"kind": "preset", "mode": "edit", "name": "/etc/passwd"}, "Unknown part"),
        ({"kind": "preset", "mode": "edit", "name": "file:mask.png"}, "Unknown family"),
        ({"kind": "preset", "mode": "edit", "name": "../mask.png"}, "Unknown part"),
    ],
)
def test_shapes_that_make_no_region(drawn: dict[str, Any], says: str) -> None:
    with pytest.raises(RegionError, match=says):
        region(drawn)


def test_a_feather_beyond_reason_is_refused() -> None:
    for feather in (math.nan, -0.1, 2.0):
        with pytest.raises(RegionError):
            region(MOUTH, feather=feather)
