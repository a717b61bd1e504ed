from __future__ import annotations

import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from resefa.errors import MissingExtraError, OutputError, UsageError
from resefa.presentation.animation import ping_pong, save_animation


def moving(count: int, width: int = 48, height: int = 32) -> list[Image.Image]:
    """A still, colourful ground with a white block that moves to the right."""
    row, column = np.mgrid[:height, :width]
    ground = np.stack([row * 255 // height, column * 255 // width, (row + column) % 256], -1).astype(np.uint8)
    frames = []
    for i in range(count):
        frame = ground.copy()
        frame[10:16, 4 * i : 4 * i + 6] = 255
        frames.append(Image.fromarray(frame))
    return frames


@given(st.integers(1, 12))
def test_there_and_back_repeats_neither_end(count):
    sequence = ping_pong(list(range(count)))
    assert len(sequence) == max(1, 2 * count - 2)
    if count > 2:
        looped = [*sequence, sequence[0]]
        assert all(abs(a - b) == 1 for a, b in pairwise(looped))


def gif_frames(path) -> tuple[list[np.ndarray], list[int], int | None]:
    frames, durations = [], []
    with Image.open(path) as opened:
        loop = opened.info.get("loop")
        for i in range(opened.n_frames):
            opened.seek(i)
            durations.append(opened.info["duration"])
            frames.append(np.asarray(opened.convert("RGB")).astype(int))
    return frames, durations, loop


def test_a_gif_has_all_frames_their_duration_and_loops(tmp_path):
    save_animation(tmp_path / "a.gif", moving(6), 8)
    frames, durations, loop = gif_frames(tmp_path / "a.gif")
    assert len(frames) == 10 and loop == 0
    assert set(durations) == {120}  # 1/8 s in the hundredths that the format has.


def test_what_does_not_move_does_not_flicker_in_a_gif(tmp_path):
    originals = moving(6)
    save_animation(tmp_path / "a.gif", originals)
    frames, _, _ = gif_frames(tmp_path / "a.gif")
    stack = np.stack(frames)
    assert (stack[:, 18:] == stack[0, 18:]).all()
    assert np.abs(frames[0] - np.asarray(originals[0])).mean() < 6


def test_an_mp4_has_all_frames_even_sides_and_true_colours(tmp_path):
    reader = pytest.importorskip("imageio_ffmpeg", reason="the extra 'video' is not installed")
    originals = moving(6, width=65, height=49)
    save_animation(tmp_path / "a.mp4", originals, 10)
    stream = reader.read_frames(str(tmp_path / "a.mp4"))
    facts = next(stream)
    frames = [np.frombuffer(data, np.uint8).reshape(50, 66, 3) for data in stream]
    assert facts["size"] == (66, 50) and facts["fps"] == 10 and facts["pix_fmt"].startswith("yuv420p")
    assert len(frames) == 10
    for frame, original in zip(frames, ping_pong(originals), strict=True):
        assert np.abs(frame[:49, :65].astype(int) - np.asarray(original)).mean() < 6


def test_frames_of_other_sizes_are_padded_at_the_left_so_that_pictures_stay_in_place(tmp_path):
    small = Image.new("RGB", (20, 10), (0, 0, 255))
    small.paste((255, 0, 0), (10, 0, 20, 10))
    large = Image.new("RGB", (30, 14), (0, 0, 255))
    large.paste((255, 0, 0), (20, 4, 30, 14))
    save_animation(tmp_path / "a.gif", [small, large, Image.new("RGB", (30, 14), (0, 255, 0))])
    frames, _, _ = gif_frames(tmp_path / "a.gif")
    assert frames[0].shape == (14, 30, 3)
    assert np.array_equal(frames[0], np.asarray(large)) and np.array_equal(frames[0][0, 0], [0, 0, 255])


@pytest.mark.parametrize(("said", "sentence"), [("No space left on device", "disk is full"), ("bad", "bad")])
def test_an_mp4_that_ffmpeg_gave_up_is_never_taken_for_a_whole_one(tmp_path, monkeypatch, said, sentence):
    library = pytest.importorskip("imageio_ffmpeg", reason="the extra 'video' is not installed")
    broken = tmp_path / "ffmpeg"
    broken.write_text(f"#!/bin/sh\ncat > /dev/null\necho 'Error writing trailer: {said}' >&2\nexit 228\n")
    broken.chmod(0o755)
    monkeypatch.setattr(library, "get_ffmpeg_exe", lambda: str(broken))
    with pytest.raises(OutputError, match=sentence):
        save_animation(tmp_path / "out" / "a.mp4", moving(3))
    assert not list((tmp_path / "out").iterdir())


def test_without_the_extra_an_mp4_tells_what_to_install_and_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'resefa\[video\]'"):
        save_animation(tmp_path / "a.mp4", moving(3))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "frames", "speed", "error"),
    [
        ("a.avi", moving(2), 8, OutputError),
        ("a", moving(2), 8, OutputError),
        ("a.gif", [], 8, UsageError),
        ("a.gif", moving(2), 0, UsageError),
        ("a.gif", moving(2), float("nan"), UsageError),
    ],
)
def test_bad_input_is_refused_and_nothing_written(tmp_path, name, frames, speed, error):
    with pytest.raises(error):
        save_animation(tmp_path / name, frames, speed)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a.gif", "a.mp4"])
def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path, name):
    if name.endswith("mp4"):
        pytest.importorskip("imageio_ffmpeg", reason="the extra 'video' is not installed")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="could not be written"):
        save_animation(tmp_path / "file" / name, moving(3))
