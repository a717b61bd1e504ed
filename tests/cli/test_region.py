"""``resefa region``: what it draws and says."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from PIL import Image
from reference.command import resefa

from resefa.presentation.region_picture import coverage, region_sheet, weights_picture
from resefa.regions.region import Region


def test_a_region_is_shown_and_measured(tmp_path: Path, toons) -> None:
    done = resefa(
        "region",
        "toon-faces-64",
        "--seed",
        "7",
        "--region",
        "box:0,0,16,64",
        "--region",
        "mouth",
        "--ignore",
        "nose",
        "-o",
        "x.png",
        "--json",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["edit_pixels"] == 16 * 64 + 11.5 * 16
    assert said["share"] == said["edit_pixels"] / 4096
    assert said["region"] == "box:0,0,16,64+toon-faces:mouth"
    assert Image.open(tmp_path / "x.png").width > 2 * 384
    refused = resefa("region", "toon-faces-64", "--region", "mouth", "-o", "x.gif", cwd=tmp_path)
    assert refused.returncode == 10 and "x.gif" in refused.stderr and ".png" in refused.stderr


def test_a_part_of_each_image_is_shown_where_the_image_has_it(tmp_path: Path, toons) -> None:
    arguments = ("region", "toon-faces-64", "--region", "part:mouth^2%", "-o", "x.png", "--json")
    said = json.loads(resefa(*arguments, "--seeds", "1,9", cwd=tmp_path).stdout)
    assert said["follows_image"] and [one["image"] for one in said["images"]] == ["seed 1", "seed 9"]
    pixels = [one["edit_pixels"] for one in said["images"]]
    assert pixels[0] > 50 and said["edit_pixels"] == sum(pixels) / sum(each > 0 for each in pixels)
    refused = resefa("region", "toon-faces-64", "--seed", "1", "--region", "part:moth", "-o", "x.png", cwd=tmp_path)
    assert refused.returncode == 3 and "mouth" in refused.stderr and "rear-hair" in refused.stderr


def test_coverage_of_a_region_that_follows_the_image() -> None:
    small, large = (Region.box(2, 2, 4, width).weights(16, 16) for width in (4, 8))
    assert coverage([small, large]) == "6.2% to 12.5% of the image"
    assert coverage([small, None]) == "6.2% of the image, in 1 of 2 images"
    sheet = region_sheet(torch.zeros(2, 3, 16, 16), ["seed 0", "seed 1"], [small, None], "title")
    assert sheet.size == region_sheet(torch.zeros(2, 3, 16, 16), ["seed 0", "seed 1"], [small, small], "title").size


def test_sheets_of_one_and_of_several() -> None:
    weights = Region.box(2, 2, 4, 8).ignoring(Region.box(10, 0, 2, 16)).weights(16, 16)
    assert coverage([weights]) == "12.5% of the image (32 of 256 pixels); 12.5% is ignored"
    colours = weights_picture(weights)
    assert [colours.getpixel(at) for at in ((3, 3), (0, 0), (0, 10))] == [(255, 255, 255), (0, 0, 0), (72, 96, 160)]
    images = torch.zeros(10, 3, 16, 16)
    alone = region_sheet(images[:1], ["seed 7"], [weights], "title")
    many = region_sheet(images, [f"seed {i}" for i in range(10)], [weights] * 10, "title")
    assert alone.width > 2 * 384 and many.width > 8 * 128
