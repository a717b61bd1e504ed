"""What people give where a region is expected: taken where it can mean one thing, else one sentence with what to write."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from resefa.errors import RegionError
from resefa.regions.as_region import as_region
from resefa.regions.region import Region

MASK = np.zeros((6, 8), dtype=bool)
MASK[1:4, 2:7] = True
EDIT = torch.from_numpy(MASK).double()


@pytest.mark.parametrize(
    "value",
    [
        Region.box(1, 2, 3, 5),
        "box:1,2,3,5",
        Region.box(1, 2, 3, 5).edited,
        MASK,
        MASK[None],
        MASK[..., None],
        torch.from_numpy(MASK),
        torch.from_numpy(MASK)[None, None],
        MASK.astype(np.uint8) * 255,
        Image.fromarray(MASK.astype(np.uint8) * 255),
        Image.fromarray(MASK),
    ],
)
def test_what_can_mean_one_region_only(value) -> None:
    assert torch.equal(as_region(value, size=(6, 8)).weights(6, 8).edit, EDIT)


def test_a_path_is_a_mask_and_names_are_the_generators(tmp_path: Path) -> None:
    Image.fromarray(MASK.astype(np.uint8) * 255).save(tmp_path / "mask.png")
    assert torch.equal(as_region(tmp_path / "mask.png").weights(6, 8).edit, EDIT)
    assert as_region("mouth", "toon-faces") == Region.preset("mouth", "toon-faces")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ((4, 4, 8, 8), r"resefa.Region.box\(4, 4, 8, 8\) with top, left"),
        ([0.2, 0.2, 0.3, 0.3], r'Region.box\(0.2, 0.2, 0.3, 0.3, unit="fraction"\)'),
        (np.array([4, 4, 8, 8]), r"Region.box\(4, 4, 8, 8\)"),
        (["mouth", "eyes"], r"list of regions.*'mouth\+eyes'"),
        ([Region.box(0, 0, 1, 1)] * 2, "list of regions.*Region.union"),
        ([(1, 2), (3, 4), (5, 0)], r"Region.polygon\(points\)"),
        ([], "type list"),
        ((None, 1, 2, 3), "type tuple"),
        (None, "is None; give a Region"),
        (7, "type int"),
        (b"mouth", "type bytes"),
        ({"mouth": 1}, "type dict"),
        (np.zeros((3, 3), bool), "shape .3, 3..*6 x 8 pixels"),
        (np.zeros((8, 6), bool), "shape .8, 6."),
        (np.zeros((3, 6, 8)), "shape .3, 6, 8."),
        (torch.zeros(2, 6, 8), "shape .2, 6, 8."),
        (np.zeros(0), "shape .0,."),
    ],
)
def test_what_means_several_things_or_none(value, says: str) -> None:
    with pytest.raises(RegionError, match=says) as caught:
        as_region(value, size=(6, 8))
    assert "\n" not in str(caught.value)
