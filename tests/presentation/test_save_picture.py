from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from resefa.errors import OutputError
from resefa.presentation.save_images import STILL, save_picture

METADATA = {"model": "toon-faces", "seed": "7", "region": "λ ≥ 1"}


@pytest.fixture
def picture() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (12, 20, 3), dtype=np.uint8))


def test_png_keeps_every_pixel_and_tells_where_it_came_from(tmp_path, picture):
    save_picture(tmp_path / "a.png", picture, METADATA)
    with Image.open(tmp_path / "a.png") as opened:
        assert np.array_equal(np.asarray(opened), np.asarray(picture))
        assert {name: opened.text[name] for name in METADATA} == METADATA


@pytest.mark.parametrize("ending", [".jpg", ".JPEG", ".webp"])
def test_other_formats_carry_the_metadata_as_json(tmp_path, picture, ending):
    save_picture(tmp_path / f"a{ending}", picture, METADATA)
    with Image.open(tmp_path / f"a{ending}") as opened:
        assert opened.size == (20, 12)
        assert json.loads(opened.getexif()[0x010E]) == METADATA


def test_a_picture_with_transparency_is_written_as_jpeg_too(tmp_path):
    save_picture(tmp_path / "a.jpg", Image.new("RGBA", (4, 4), (255, 0, 0, 255)))
    with Image.open(tmp_path / "a.jpg") as opened:
        assert opened.mode == "RGB"


@pytest.mark.parametrize("name", ["a.xyz", "a"])
def test_an_unknown_ending_names_the_known_ones_and_writes_nothing(tmp_path, picture, name):
    with pytest.raises(OutputError) as caught:
        save_picture(tmp_path / name, picture)
    assert all(ending in str(caught.value) for ending in STILL)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path, picture):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="could not be written"):
        save_picture(tmp_path / "file" / "a.png", picture)
