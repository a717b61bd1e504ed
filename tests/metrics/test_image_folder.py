"""A folder of pictures: order, values, sizes, and files that cannot be read."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from resefa.errors import MetricError
from resefa.metrics.image_folder import ImageFolder


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "more").mkdir()
    for name, level in (("a.png", 0), ("b.png", 255), ("more/c.PNG", 51)):
        Image.fromarray(np.full((6, 8, 3), level, dtype=np.uint8)).save(tmp_path / name, format="PNG")
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


def test_batches_in_order_with_bytes_as_values(folder):
    batches = list(ImageFolder(folder).batches(2))
    assert [tuple(batch.shape) for batch in batches] == [(2, 3, 6, 8), (1, 3, 6, 8)]
    assert torch.allclose(torch.cat(batches)[:, 0, 0, 0], torch.tensor([-1.0, 1.0, -0.6]))


def test_the_middle_square_is_resized(folder):
    picture = np.zeros((4, 12, 3), dtype=np.uint8)
    picture[:, 4:8] = 255
    Image.fromarray(picture).save(folder / "b.png")
    images = torch.cat(list(ImageFolder(folder, side=5).batches()))
    assert images.shape == (3, 3, 5, 5) and torch.allclose(images[1], torch.ones(3, 5, 5))
    with pytest.raises(MetricError, match=r"b\.png has 4 x 12 pixels.* 6 x 8; give side"):
        list(ImageFolder(folder).batches())


def test_grey_palette_and_transparent_pictures_are_rgb(tmp_path):
    for mode in ("L", "P", "RGBA", "1"):
        Image.new("RGB", (4, 4), "white").convert(mode).save(tmp_path / f"{mode}.png")
    assert torch.allclose(torch.cat(list(ImageFolder(tmp_path).batches())), torch.ones(4, 3, 4, 4))


def test_unreadable_files_are_named_or_counted(folder):
    whole = (folder / "b.png").read_bytes()
    (folder / "b.png").write_bytes(whole[: len(whole) // 2])
    (folder / "d.jpg").write_text("a page")
    with pytest.raises(MetricError, match=r"2 of 4 pictures cannot be read \(b\.png, d\.jpg\).*skip_unreadable=True"):
        list(ImageFolder(folder).batches())
    kept = ImageFolder(folder, skip_unreadable=True)
    for _ in range(2):
        assert sum(len(batch) for batch in kept.batches()) == 2
        assert [path.name for path, _ in kept.unreadable] == ["b.png", "d.jpg"] and len(kept) == 4


def test_folders_without_pictures_are_refused(tmp_path):
    with pytest.raises(MetricError, match="not a folder"):
        ImageFolder(tmp_path / "none")
    with pytest.raises(MetricError, match="does not contain a picture"):
        ImageFolder(tmp_path)
