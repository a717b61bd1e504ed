"""Memory that runs out: what counts as that, fewer rows at once, and the sentence at the end."""

from __future__ import annotations

import errno

import pytest
import torch
from torch import Tensor

import resefa
from resefa.errors import OutOfMemoryError, UsageError
from resefa.jacobian.operator import JacobianOperator
from resefa.runtime.out_of_memory import in_smaller_batches, is_out_of_memory, memory_errors_said

CUDA = "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 7.79 GiB"
CPU = "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"
LACKING = [
    torch.OutOfMemoryError(CUDA),
    MemoryError(),
    RuntimeError(CPU),
    RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes"),
    RuntimeError(
        "MPS backend out of memory (MPS allocated: 8.00 GB, other allocations: 1.00 GB, max allowed: 9.07 GB)"
    ),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
    RuntimeError(f"The following operation failed in the TorchScript interpreter.\nTraceback:\nRuntimeError: {CPU}"),
    OSError(errno.ENOMEM, "Cannot allocate memory"),
]


@pytest.mark.parametrize("error", LACKING, ids=lambda error: str(error)[:24])
def test_what_every_device_says(error: Exception) -> None:
    assert is_out_of_memory(error)
    with pytest.raises(OutOfMemoryError, match="not enough memory.*batch"), memory_errors_said("a picture"):
        raise error


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("mat1 and mat2 shapes cannot be multiplied"),
        OSError(errno.ENOSPC, "full"),
        ValueError("out of memory"),
    ],
)
def test_other_errors_are_left_alone(error: Exception) -> None:
    assert not is_out_of_memory(error)
    with pytest.raises(type(error)), memory_errors_said("a picture"):
        raise error


class Small:
    """A device that takes a few rows at once."""

    def __init__(self, room: int, error: Exception) -> None:
        self.room, self.error, self.asked = room, error, []

    def __call__(self, rows: Tensor) -> Tensor:
        self.asked.append(len(rows))
        if len(rows) > self.room:
            raise self.error
        return rows * 2


@pytest.mark.parametrize("error", LACKING[:3], ids=str)
def test_half_as_many_are_tried_until_they_fit(error: Exception) -> None:
    device, fitted = Small(3, error), []
    rows = torch.arange(20.0)[:, None]
    made = torch.cat(in_smaller_batches(device, rows, 16, what="image", fitted=fitted.append))
    assert torch.equal(made, rows * 2)
    assert device.asked == [16, 8, 4, *[2] * 10] and fitted == [8, 4, 2]


def test_one_that_does_not_fit_is_said() -> None:
    with pytest.raises(OutOfMemoryError, match=r"for a single image \(CUDA out of memory"):
        in_smaller_batches(Small(0, torch.OutOfMemoryError(CUDA)), torch.zeros(5, 1), 4, what="image")


def net(z: Tensor) -> Tensor:
    weights = torch.randn(6, 3 * 64, generator=torch.Generator().manual_seed(0)) / 3
    return torch.tanh(z @ weights).view(-1, 3, 8, 8)


def test_images_are_made_in_batches_that_fit_and_the_next_call_knows() -> None:
    asked = []

    def function(z: Tensor) -> Tensor:
        asked.append(len(z))
        if len(z) > 3:
            raise torch.OutOfMemoryError(CUDA)
        return net(z)

    generator, plain = resefa.wrap(function, 6), resefa.wrap(net, 6)
    codes = plain.sample(range(9))
    asked.clear()
    assert torch.allclose(generator.synthesize(codes), plain.synthesize(codes), atol=1e-6)
    assert asked == [9, 5, 3, 3, 3]
    asked.clear()
    generator.synthesize(codes)
    assert max(asked) == 3


def test_a_batch_is_an_upper_bound_of_images_and_of_derivatives() -> None:
    seen = []

    def function(z: Tensor) -> Tensor:
        seen.append(len(z))
        return net(z)

    generator = resefa.wrap(function, 6, name="small", batch=3)
    seen.clear()
    generator.synthesize(generator.sample(range(8)))
    assert max(seen) == 3
    seen.clear()
    generator.synthesize(generator.sample(range(8)), batch=5)
    assert max(seen) == 5
    operator = JacobianOperator(net, torch.zeros(1, 6), chunk=2)
    assert operator.chunk_for(6) == 2
    for wrong in (0, -1, 2.5, True, "4"):
        with pytest.raises(UsageError, match="batch"):
            resefa.wrap(function, 6, batch=wrong)
        with pytest.raises(UsageError, match="batch"):
            generator.synthesize(generator.sample(0), batch=wrong)


class Tangents(torch.utils._python_dispatch.TorchDispatchMode):
    """Memory runs out where a result has more than so many rows."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room, self.refused = room, 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        if func is torch.ops.aten.tanh.default and result.ndim and max(result.shape[0], 1) > self.room:
            self.refused += 1
            raise torch.OutOfMemoryError(CUDA)
        return result


@pytest.mark.parametrize("mode", ["forward mode, primal repeated", "reverse mode, twice"])
def test_derivatives_are_taken_in_chunks_that_fit(mode: str) -> None:
    weights = torch.randn(12, 40, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) / 3
    point = torch.randn(1, 12, dtype=torch.float64, generator=torch.Generator().manual_seed(2))

    def function(z: Tensor) -> Tensor:
        return torch.tanh(z @ weights)

    expected = JacobianOperator(function, point, mode=mode).dense()
    operator = JacobianOperator(function, point, mode=mode)
    with Tangents(3) as device:
        found = operator.dense()
    assert device.refused and torch.allclose(found, expected)
    assert operator.chunk_for(12) <= 3
    with Tangents(0), pytest.raises(OutOfMemoryError, match="single"):
        JacobianOperator(function, point, mode=mode, chunk=1).dense()


def test_lack_of_memory_is_not_taken_for_a_generator_without_derivatives() -> None:
    operator = JacobianOperator(torch.tanh, torch.zeros(1, 4))
    with Tangents(0), pytest.raises(OutOfMemoryError):
        operator.dense()
