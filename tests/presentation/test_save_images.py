"""Tensors of images to files and folders: exact pixels, no captions, one sentence for what cannot be."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

import resefa
from resefa.errors import OutputError, UsageError
from resefa.presentation.animation import smooth
from resefa.presentation.contact_sheet import squarish


def images(*shape: int) -> torch.Tensor:
    return torch.rand(*shape, 3, 6, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1


def pixels(image: torch.Tensor) -> np.ndarray:
    return ((image + 1) * 127.5).round().to(torch.uint8).permute(1, 2, 0).numpy()


def test_one_image_is_the_picture_itself(tmp_path):
    image = images()
    resefa.save_images(image, tmp_path / "a.png")
    assert np.array_equal(np.asarray(Image.open(tmp_path / "a.png")), pixels(image))
    resefa.save_images([image], tmp_path / "b.png", size=16)
    assert Image.open(tmp_path / "b.png").size == (16, 12)


def test_what_edit_gives_is_a_row_for_each_code_edge_to_edge(tmp_path):
    swept = images(2, 3)
    resefa.save_images(swept, tmp_path / "a.png")
    drawn = np.asarray(Image.open(tmp_path / "a.png"))
    assert drawn.shape == (12, 24, 3) and np.array_equal(drawn[6:, 16:], pixels(swept[1, 2]))


def test_many_images_are_rows_of_eight(tmp_path):
    resefa.save_images(images(10), tmp_path / "a.png")
    assert Image.open(tmp_path / "a.png").size == (64, 12)


def test_a_folder_has_one_file_for_each(tmp_path):
    swept = images(2, 3)
    resefa.save_images(swept, f"{tmp_path}/new/")
    assert len(list((tmp_path / "new").iterdir())) == 6
    assert np.array_equal(np.asarray(Image.open(tmp_path / "new" / "001-002.png")), pixels(swept[1, 2]))


def test_animations_are_full_frame(tmp_path):
    resefa.save_images(images(5), tmp_path / "a.gif", fps=20)
    with Image.open(tmp_path / "a.gif") as film:
        assert film.size == (8, 6) and film.n_frames == 8 and film.info["duration"] == 50
    resefa.save_images(images(3, 4), tmp_path / "b.gif")
    with Image.open(tmp_path / "b.gif") as film:  # three codes: two rows
        assert film.size == (16, 12) and film.n_frames == 6


@pytest.mark.parametrize(
    ("made", "name", "options", "error", "said"),
    [
        (torch.zeros(3), "a.png", {}, UsageError, "shape"),
        (torch.zeros(2, 5, 4, 4), "a.png", {}, UsageError, "shape"),
        ([torch.zeros(3, 4, 4), torch.zeros(3, 5, 5)], "a.png", {}, UsageError, "different shapes"),
        (torch.zeros(3, 4, 4), "a.xyz", {}, OutputError, "ends in .xyz"),
        (torch.zeros(3, 4, 4), "a", {}, OutputError, "no suffix"),
        (torch.zeros(3, 4, 4), "a.png", {"fps": 3}, UsageError, "fps"),
        (torch.zeros(3, 4, 4), "a.png", {"size": 0}, UsageError, "at least 1"),
    ],
)
def test_what_cannot_be_is_one_sentence(tmp_path, made, name, options, error, said):
    with pytest.raises(error, match=said):
        resefa.save_images(made, tmp_path / name, **options)
    assert not list(tmp_path.iterdir())


def test_a_picture_with_its_region():
    image = torch.zeros(3, 32, 32)
    plain, drawn = (resefa.picture(image, region) for region in (None, resefa.Region.box(8, 8, 12, 12)))
    assert plain.size == drawn.size == (32, 32) and plain.getcolors() != drawn.getcolors()
    assert resefa.picture(image[None], size=64).size == (64, 64)


def test_four_channels_are_shown_on_white(tmp_path):
    image = torch.zeros(4, 6, 8)
    image[3, :, :4] = -1  # see-through
    image[3, :, 4:] = 1
    resefa.save_images(image, tmp_path / "a.png")
    drawn = np.asarray(Image.open(tmp_path / "a.png"))
    assert (drawn[:, :4] == 255).all() and (drawn[:, 4:] == 128).all()


def test_steps_between_strengths_keep_the_strengths():
    assert smooth([-1, 0, 2], 5) == [-1, -0.5, 0, 1, 2]
    assert smooth([0, 1], 1) == [0, 1] and smooth([3.0], 9) == [3.0]


def test_frames_of_several_codes_are_about_square():
    cell = Image.new("RGB", (1, 1))
    assert [[len(row) for row in squarish([cell] * n)] for n in (1, 2, 4, 5)] == [[1], [2], [2, 2], [3, 2]]


def test_whole_numbers_are_refused_and_not_clamped_to_white(tmp_path):
    with pytest.raises(UsageError, match=r"torch.uint8.*images / 127.5 - 1"):
        resefa.save_images(((images(2) + 1) * 127.5).to(torch.uint8), tmp_path / "a.png")
    assert not list(tmp_path.iterdir())


def test_no_frames_a_second_is_no_speed(tmp_path):
    with pytest.raises(UsageError, match="above 0"):
        resefa.save_images(images(2), tmp_path / "a.gif", fps=0)


def test_a_region_may_be_text_and_an_image_an_array():
    image = images()
    drawn = resefa.picture(image.numpy(), "box:1,1,3,4")
    assert drawn.tobytes() == resefa.picture(image, resefa.Region.box(1, 1, 3, 4)).tobytes()
    assert drawn.tobytes() != resefa.picture(image).tobytes()
