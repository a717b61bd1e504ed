"""Animations that run forward and back: GIF with one palette, WebP, or MP4."""

from __future__ import annotations

import errno
import io
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image as PILImage

from resefa.errors import MissingExtraError, OutputError, UsageError
from resefa.files.output_file import write_bytes, written_beside
from resefa.runtime.external_programs import absolute_programs, child_environment

ANIMATED = (".gif", ".mp4")
CAPTIONED_FPS, PICTURES_FPS, PLAIN_FPS = 8.0, 12.0, 20.0
"""Default frames per second for sheets with captions, for saved images, and for smooth animations without captions."""
_COARSE_BITS = 2
"""Colours that differ in this number of low bits only are counted as one colour."""


def save_animation(
    path: str | Path, frames: Sequence[PILImage.Image], frames_per_second: float = CAPTIONED_FPS
) -> None:
    """Write ``.gif`` or ``.webp`` (both loop; WebP is smaller) or ``.mp4`` (extra ``video``), forward and back.

    Frames may differ in size: smaller frames get more of their background at the left and on top, and no frame is scaled,
    so the pictures of contact sheets whose labels differ in length stay in place.

    Raises:
        UsageError: no frames, or a speed that is not above 0.
        OutputError: an unknown suffix, or the file cannot be written.
        MissingExtraError: the extra ``video`` is not installed, for MP4.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in _WRITERS:
        raise OutputError(f"{ending(path)}; write an animation as .gif, .webp or .mp4.")
    if not frames:
        raise UsageError("frames is empty; give at least one frame.")
    if not 0 < frames_per_second < float("inf"):
        raise UsageError(f"frames_per_second is {frames_per_second}; give a number above 0.")
    _WRITERS[suffix](path, ping_pong(_of_one_size(frames)), frames_per_second)


def ending(path: str | Path) -> str:
    """The start of a message about a file name: ``a.xyz ends in .xyz``, or ``a has no suffix``."""
    suffix = Path(path).suffix
    return f"{path} ends in {suffix}" if suffix else f"{path if str(path) else 'The empty path'} has no suffix"


def ping_pong(frames: Sequence[PILImage.Image]) -> list[PILImage.Image]:
    """The frames forward and back, without repeating either end, so that the loop has no seam."""
    return [*frames, *frames[-2:0:-1]]


def smooth(strengths: Sequence[float], frames: int) -> list[float]:
    """``frames`` strengths from the first to the last, interpolated in even steps between them."""
    if len(strengths) >= frames or len(strengths) < 2:
        return list(strengths)
    found = []
    for i in range(frames):
        place = i * (len(strengths) - 1) / (frames - 1)
        low = min(int(place), len(strengths) - 2)
        share = place - low
        found.append(strengths[low] * (1 - share) + strengths[low + 1] * share)
    return found


def _of_one_size(frames: Sequence[PILImage.Image]) -> list[PILImage.Image]:
    width, height = max(frame.width for frame in frames), max(frame.height for frame in frames)
    alike = []
    for frame in (frame.convert("RGB") for frame in frames):
        ground = PILImage.new("RGB", (width, height), frame.getpixel((0, 0)))
        ground.paste(frame, (width - frame.width, height - frame.height))
        alike.append(ground)
    return alike


def _save_gif(path: str | Path, frames: list[PILImage.Image], frames_per_second: float) -> None:
    # One palette for all frames and no dithering: pixels that do not change keep their exact colour, so nothing flickers.
    palette = _palette(frames)
    first, *rest = [frame.quantize(palette=palette, dither=PILImage.Dither.NONE) for frame in frames]
    # GIF counts in hundredths of a second, and browsers slow down frames shorter than two of them.
    duration = max(2, round(100 / frames_per_second)) * 10
    buffer = io.BytesIO()
    first.save(buffer, "GIF", save_all=True, append_images=rest, duration=duration, loop=0)
    write_bytes(path, buffer.getvalue(), rescue=True)


def _save_webp(path: str | Path, frames: list[PILImage.Image], frames_per_second: float) -> None:
    first, *rest = frames
    buffer = io.BytesIO()
    duration = round(1000 / frames_per_second)
    # "minimize_size" stores the changed pixels of a frame only, so nothing else flickers.
    first.save(
        buffer, "WEBP", save_all=True, append_images=rest, duration=duration, loop=0, quality=80, method=4,
        minimize_size=True,
    )  # fmt: skip
    write_bytes(path, buffer.getvalue(), rescue=True)


def _palette(frames: list[PILImage.Image]) -> PILImage.Image:
    """A palette of 256 colours for all frames; colours weigh by the square root of their pixels, which limits the background."""
    distinct = frames[: len(frames) // 2 + 1]
    pixels = np.concatenate([np.asarray(frame).reshape(-1, 3) for frame in distinct])
    # One integer per colour: NumPy sorts integers far faster than rows.
    codes = (pixels >> _COARSE_BITS).astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], dtype=np.int32)
    _, first, counts = np.unique(codes, return_index=True, return_counts=True)
    colours = np.repeat(pixels[first], np.ceil(np.sqrt(counts)).astype(int), axis=0)
    swatch = PILImage.fromarray(colours[None])
    return swatch.quantize(256, method=PILImage.Quantize.MEDIANCUT, kmeans=3)


def _save_mp4(path: str | Path, frames: list[PILImage.Image], frames_per_second: float) -> None:
    try:
        import imageio_ffmpeg
    except ImportError as error:
        raise MissingExtraError(
            "MP4 needs the extra 'video'; run pip install 'resefa[video]', or write a .gif."
        ) from error
    try:
        with absolute_programs():
            program = shutil.which(imageio_ffmpeg.get_ffmpeg_exe())
        if program is None:
            raise RuntimeError
    except RuntimeError as error:
        raise MissingExtraError("MP4 needs the program ffmpeg; install it, or write a .gif.") from error
    # The half-resolution colour of yuv420p, the only format that every player shows, needs even sides.
    arrays = [np.pad(np.asarray(f), ((0, f.height % 2), (0, f.width % 2), (0, 0)), mode="edge") for f in frames]
    height, width = arrays[0].shape[:2]
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", f"{frames_per_second:g}", "-i", "-"]
    encode = ["-c:v", "libx264", "-crf", "16", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
    with written_beside(path) as temporary:
        # Run here and not by imageio, which ignores ffmpeg's exit code and takes half a file for a whole one.
        command = [program, "-y", "-v", "error", *raw, *encode, f"file:{temporary}"]
        film = b"".join(array.tobytes() for array in arrays)
        done = subprocess.run(command, input=film, capture_output=True, check=False, env=child_environment())
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()
            code = errno.ENOSPC if os.strerror(errno.ENOSPC) in said else errno.EIO
            raise OSError(code, said.splitlines()[-1] if said else f"ffmpeg exited with code {done.returncode}")


_WRITERS = {".gif": _save_gif, ".webp": _save_webp, ".mp4": _save_mp4}
