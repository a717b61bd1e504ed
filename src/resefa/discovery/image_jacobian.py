"""The whole Jacobian of one image: computed once, then cached for every region."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from resefa.discovery.chained_columns import ChainedColumns
from resefa.discovery.edited_images import EditedImages
from resefa.discovery.objectives.objective import PIXELS, Pixels
from resefa.errors import BudgetError, parameter
from resefa.jacobian.dense import ImageJacobian
from resefa.jacobian.operator import JacobianOperator, check_range
from resefa.runtime.jacobian_cache import JacobianForm
from resefa.runtime.jacobian_file import ColumnFile
from resefa.runtime.memory import in_words
from resefa.runtime.session import MOST_FOR_TILES, Session


def jacobian_bytes(images: EditedImages, session: Session) -> int:
    """Bytes of the whole Jacobian of one image, as the session stores it."""
    stored = session.stored or images.generator.dtype
    return math.prod(images.shape) * images.motion.dimensions * stored.itemsize


def image_jacobian(image: EditedImages, session: Session) -> ImageJacobian:
    """The dense Jacobian of a single image, read from the session's cache or computed and cached.

    In float16 (``session.stored``) its columns are rounded to 3 digits, which moves directions by far less than the ridge does.

    Raises:
        BudgetError: it does not fit the memory budget.
        GeneratorError: the generator cannot be differentiated there.
    """
    work = _Columns(image, session)
    return session.cache.get(work.key, work.form, work.compute, work.build, work.waiting)


class _Columns:
    """The columns of one Jacobian, computed into memory or into a file of the cache's folder."""

    def __init__(self, image: EditedImages, session: Session) -> None:
        self.image, self.session = image, session
        self.stored = session.stored or image.generator.dtype
        self.form = JacobianForm(image.motion.dimensions, image.shape, self.stored)
        self.budget, self.needed = session.memory_for("all"), jacobian_bytes(image, session)
        # Columns in a file are the system's to hold or to let go.
        self.memory = self.budget if session.cache.folder is not None else self.budget - self.needed
        self.key = image.key(self.stored)

    def build(self, rows: Tensor, shape: tuple[int, int, int], mode: str) -> ImageJacobian:
        """The Jacobian whose columns are the given rows (n, m)."""
        return ImageJacobian(rows.T, shape, mode, room=max(0, min(MOST_FOR_TILES, self.memory)))

    def waiting(self) -> None:
        self.session.say(
            f"Another process is computing this Jacobian in {self.session.cache.folder}; waiting for the result."
        )

    def compute(self, file: ColumnFile | None) -> ImageJacobian | None:
        """Compute the columns that are missing in ``file``; without a file, return the Jacobian."""
        image, n = self.image, self.form.n
        image.check_repeat(self.key)
        if file is None and self.memory <= 0:
            raise BudgetError(
                f"The Jacobian at {image.size[0]} x {image.size[1]} takes {in_words(self.needed)}, but the memory budget is "
                f"{in_words(self.budget)}; raise {parameter('memory')}, store the Jacobian in a folder with {parameter('cache')}, or "
                f"choose a lower {parameter('analysis_resolution')} or fewer {parameter('layers')}."
            )
        if (chained := self._from_pixels()) is not None:
            return self._chained(chained, file)
        done = 0 if file is None else file.done
        begun = file.layout if file is not None and done else None
        mode, chunk = begun and begun.mode, begun and begun.chunk
        # With a file its rows are the result.
        rows = torch.empty(
            0 if file else n, math.prod(self.form.image_shape), dtype=self.stored, device=image.generator.device
        )
        for start, part in image.motion.parts():
            if start + part.dimensions <= done:
                continue
            operator = self._operator(image.moved_by(part), chunk, mode)
            if chunk is None:
                chunk = operator.chunk_for(part.dimensions)
            if self.session.announce is not None and start <= done:
                self.session.say(operator.estimate(n, done=done).sentence(in_file=file is not None))
            taker = _Taker(self, operator, chunk, start, file, rows)
            operator.sweep(taker.take, done=max(0, done - start))
            mode = operator.mode
        return None if file is not None else self.build(rows, self.form.image_shape, mode or "")

    def _from_pixels(self) -> ChainedColumns | None:
        """The columns by the chain rule; None for the pixels themselves, or where both Jacobians do not fit the memory budget."""
        image, session = self.image, self.session
        if image.objective.feature_map == PIXELS or self.stored != image.generator.dtype:
            return None
        alone = replace(image, objective=Pixels())
        rest = self.memory - jacobian_bytes(alone, session)
        if not session.cache.has(alone.key(self.stored)) and rest <= 0:
            return None
        return ChainedColumns.of(image, image_jacobian(alone, session), session, max(self.memory, 1))

    def _chained(self, columns: ChainedColumns, file: ColumnFile | None) -> ImageJacobian | None:
        """Compute the columns from those of the pixels."""
        n = self.form.n
        rows = torch.empty(
            0 if file else n, math.prod(self.form.image_shape), dtype=self.stored, device=self.image.generator.device
        )
        for start, products in columns.blocks(0 if file is None else file.done):
            block = products.to(self.stored)
            if block.dtype != products.dtype:
                check_range(block)
            if file is not None:
                file.add(block, columns.mode, columns.chunk)
            else:
                rows[start : start + len(block)] = block
            self.session.report(start + len(block), n)
        return None if file is not None else self.build(rows, self.form.image_shape, columns.mode)

    def _operator(self, image: EditedImages, chunk: int | None, mode: str | None) -> JacobianOperator:
        named = self.session.memory_is_named
        return image.operator(self.session, self.memory, strict=named, chunk=chunk, mode=mode)


@dataclass(frozen=True, eq=False)
class _Taker:
    """A callback that stores the columns of one part of the motion as they are computed."""

    work: _Columns
    operator: JacobianOperator
    chunk: int
    start: int
    file: ColumnFile | None
    rows: Tensor

    def take(self, first: int, last: int, products: Tensor) -> None:
        columns = products.to(self.work.stored)
        if columns.dtype != products.dtype:
            check_range(columns)
        if self.file is not None:
            self.file.add(columns, self.operator.mode, self.chunk)
        else:
            self.rows[self.start + first : self.start + last] = columns
        self.work.session.report(self.start + last, self.work.form.n)
