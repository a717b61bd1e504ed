"""What sheets call a region: short, visible, and the same from a Region as from its text in a file."""

from __future__ import annotations

import time

import numpy as np
import pytest

from resefa.regions.region import Region
from resefa.regions.text import LONGEST, display_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("toon-faces:mouth", "mouth"),
        ("toon-faces:mouth+ffhq:eyes", "mouth + eyes"),
        ("polygon:" + ";".join(f"{row},{row + 1.5}" for row in range(40)), "polygon (40 points)"),
        ("(polygon:1%,2%;3%,4%;5%,0%+ffhq:mouth)~2 - nose", "(polygon (3 points) + mouth)~2 - nose"),
        ("box:62.123456%,28%,22%,44%", "box 62.12%,28%,22%,44%"),
        ("'/home/me/my mask (1).png'", "my mask (1).png"),
        (r"'C:\Users\me\mask.png'#3,5", "mask.png #3,5"),
        ("masks/face.png&!../hair.png", "face.png & !hair.png"),
        ("'it''s.png'", "it''s.png"),
        ("mask[64x48 sha256:ab12cd34]", "mask (64 x 48)"),
        ("'red\x1b[31m.png'", "red\\x1b[31m.png"),
    ],
)
def test_names(text: str, name: str) -> None:
    assert display_name(text) == name


@pytest.mark.parametrize(
    "text", ["a" * 60_000, "polygon:" + "1,2;" * 60_000, "'" * 60_000, "box:" + "9" * 60_000, "a/" * 60_000]
)
def test_names_of_any_text_are_short_and_quickly_made(text: str) -> None:
    start = time.perf_counter()
    assert len(display_name(text)) <= LONGEST
    assert time.perf_counter() - start < 1


def test_a_region_has_its_label() -> None:
    assert Region.preset("ffhq:left-eye").label == "left-eye"
    assert Region.mask(np.eye(8, 6)).label == "mask (8 x 6)"
