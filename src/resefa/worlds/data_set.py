"""Labelled data sets on disk: pictures, label maps and a table of attributes, in a folder that appears once it is complete."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image as PILImage

from resefa.errors import OutputError, UsageError, parameter
from resefa.files.input_file import read_input
from resefa.files.output_file import check_writable_folder, make_folder, write_bytes, write_sentence
from resefa.runtime.progress import Progress
from resefa.worlds.data_set_page import PALETTE, page
from resefa.worlds.toon.attributes import ToonAttributes
from resefa.worlds.toon.parts import parts_digest
from resefa.worlds.toon.world import ToonWorld

IMAGES, LABELS, TABLE, SETTINGS = "images", "labels", "attributes.csv", "world.json"
MOST = 1_000_000
_CHUNK = 8
"""Heads for each task of a thread."""
_MOST_THREADS = 8
"""More threads wait for the interpreter's lock."""
_COMPRESSION = 3
"""Level of PNG compression: 20% larger than level 9, and five times as fast."""
_END_OF_PNG = b"IEND\xaeB`\x82"


@dataclass(frozen=True)
class DataSet:
    """A data set that was written.

    Attributes:
        folder: with ``images/``, ``labels/``, ``attributes.csv``, ``README.md`` and ``world.json``.
        count: heads.
        reused: heads that an interrupted run had drawn.
        tables: names of the files with attributes.
    """

    folder: Path
    count: int
    reused: int
    tables: tuple[str, ...]


def write_data_set(
    world: ToonWorld, folder: str | Path, count: int, seed: int = 0, progress: Progress | None = None
) -> DataSet:
    """Draw the first ``count`` heads of a seed into a folder, with one thread for each processor core.

    The files are written to ``FOLDER.partial``, which is renamed at the end. An interrupted run leaves that folder, and the same call
    resumes there. Pictures are 8-bit RGB; label maps have the label as palette index. Attributes are also written as Parquet if pyarrow
    is installed.

    Args:
        folder: must not exist, or be empty.
        count: 1 to 1,000,000.
        progress: called with the heads done and their total.

    Raises:
        UsageError: the count or seed is not possible.
        OutputError: the folder contains files, the interrupted run had other settings, or a file cannot be written.
    """
    if not 1 <= count <= MOST:
        raise UsageError(f"{parameter('count')} is {count}; give 1 to {MOST:,} heads.")
    attributes = world.sample(count, seed)
    target = Path(os.path.abspath(folder))
    partial = target.with_name(f"{target.name}.partial")
    _check_free(target)
    settings = {
        "format": "resefa.data-set",
        "format_version": 1,
        "world": "toon",
        "parts": parts_digest(),
        "seed": int(seed),
        "count": count,
        "size": world.size,
    }
    _begin(partial, settings)
    digits = max(6, len(str(count - 1)))
    names = [f"{index:0{digits}}.png" for index in range(count)]
    missing = [index for index, name in enumerate(names) if not _complete(partial, name)]
    _draw(world, attributes, partial, names, missing, progress)
    tables = _write_tables(partial, attributes, names)
    write_bytes(partial / "README.md", page(world.labels, count, world.size, int(seed), tables).encode())
    try:
        if target.is_dir():
            target.rmdir()
        os.replace(partial, target)
    except OSError as error:
        raise OutputError(write_sentence(target, error)) from error
    return DataSet(target, count, count - len(missing), tables)


def _check_free(target: Path) -> None:
    if target.is_dir() and any(target.iterdir()):
        raise OutputError(f"{target} already contains files; name a new folder, or remove this folder first.")
    check_writable_folder(target)


def _begin(partial: Path, settings: dict[str, object]) -> None:
    """Create the folder of a run, or resume an interrupted run with the same settings."""
    path = partial / SETTINGS
    if path.exists():
        try:
            earlier = json.loads(read_input(path, 2**16))
        except ValueError:
            earlier = None
        if earlier != settings:
            raise OutputError(
                f"{partial} contains an interrupted data set with other settings; remove this folder, or name another output."
            )
    elif partial.exists() and any(partial.iterdir()):
        raise OutputError(f"{partial} contains files of another kind; remove this folder, or name another output.")
    for folder in (IMAGES, LABELS):
        make_folder(partial / folder)
    if not path.exists():
        write_bytes(path, json.dumps(settings, indent=2).encode())


def _complete(partial: Path, name: str) -> bool:
    """Whether both pictures of a head are there to their last byte: a power failure can leave a renamed file empty."""
    return all(_ends(partial / folder / name) for folder in (IMAGES, LABELS))


def _ends(path: Path) -> bool:
    try:
        with open(path, "rb") as file:
            file.seek(-len(_END_OF_PNG), os.SEEK_END)
            return file.read() == _END_OF_PNG
    except OSError:
        return False


def _draw(
    world: ToonWorld,
    attributes: ToonAttributes,
    partial: Path,
    names: list[str],
    missing: list[int],
    progress: Progress | None,
) -> None:
    """Draw and write the missing heads on several threads: torch and the PNG encoder release the interpreter's lock."""

    def draw(chunk: list[int]) -> int:
        drawing = world.draw(attributes[np.array(chunk)])
        images = ((drawing.images + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous().cpu().numpy()
        labels = drawing.labels.cpu().numpy()
        for index, image, label in zip(chunk, images, labels, strict=True):
            _write_picture(partial / IMAGES / names[index], _png(image))
            _write_picture(partial / LABELS / names[index], _png(label, PALETTE))
        return len(chunk)

    done, total = len(names) - len(missing), len(names)
    chunks = deque(missing[start : start + _CHUNK] for start in range(0, len(missing), _CHUNK))
    with _drawing_threads() as (pool, count):
        running: set[Future[int]] = set()
        while chunks or running:
            # A few tasks ahead of the threads: after an error or Ctrl-C only these still run.
            while chunks and len(running) < 2 * count:
                running.add(pool.submit(draw, chunks.popleft()))
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            done += sum(task.result() for task in finished)
            if progress is not None:
                progress(done, total)


@contextmanager
def _drawing_threads() -> Iterator[tuple[ThreadPoolExecutor, int]]:
    """A pool with a thread for each core, in which torch uses no further threads."""
    count, before = min(_processors(), _MOST_THREADS), torch.get_num_threads()
    pool = ThreadPoolExecutor(count, initializer=lambda: torch.set_num_threads(1))
    try:
        yield pool, count
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(before)


def _processors() -> int:
    """Processor cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def _png(pixels: npt.NDArray[np.uint8], palette: bytes | None = None) -> bytes:
    picture = PILImage.fromarray(pixels)
    if palette is not None:
        picture.putpalette(palette)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=_COMPRESSION)
    return buffer.getvalue()


def _write_picture(path: Path, data: bytes) -> None:
    """Write a file in one step, without waiting for the disk, as ``write_bytes`` does for a single file."""
    temporary = path.with_suffix(".tmp")
    try:
        temporary.write_bytes(data)
        os.replace(temporary, path)
    except OSError as error:
        raise OutputError(write_sentence(path, error)) from error


def _write_tables(partial: Path, attributes: ToonAttributes, names: list[str]) -> tuple[str, ...]:
    """Write the attributes as CSV, and as Parquet if pyarrow is installed."""
    columns = {
        "image": [f"{IMAGES}/{name}" for name in names],
        "labels": [f"{LABELS}/{name}" for name in names],
        **attributes.columns(),
    }
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    write_bytes(partial / TABLE, text.getvalue().encode())
    if importlib.util.find_spec("pyarrow") is None:
        return (TABLE,)
    arrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    buffer = io.BytesIO()
    parquet.write_table(arrow.table(columns), buffer)
    parquet_name = Path(TABLE).with_suffix(".parquet").name
    write_bytes(partial / parquet_name, buffer.getvalue())
    return (TABLE, parquet_name)
