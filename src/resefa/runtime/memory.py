"""Memory budget, and the number of tangents per pass that fits it and is fast."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor, log10
from numbers import Real
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from resefa.errors import UsageError, parameter, shown_value

# Small networks: above this working set more tangents per pass are not faster on a CPU (benchmarks/speed/jacobian.py). A GPU
# uses its whole budget.
CPU_WORKING_SET = 512 * 2**20
# Large networks: each pass repeats the primal, about the time of one image, so few tangents per pass are slow: with 16 the
# overhead is a sixteenth. With a cached primal, fewer tangents are faster, since they fit the processor cache better
# (benchmarks/speed/stylegan2_jacobian.py).
CPU_TANGENTS, CPU_TANGENTS_PRIMAL_KEPT = 16, 8
# One tangent needs the input and output of an operation and the scratch memory of a convolution.
TANGENT_FACTOR = 3.0


_UNITS = {
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "tb": 10**12,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
    "tib": 2**40,
}
_LEAST_MEMORY = 2**16
"""Bytes below which no network can run, so that the user must have meant a different unit."""


def available_memory(device: torch.device) -> int:
    """Free bytes on ``device``; 4 GiB if the system does not report them."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, ValueError, OSError):
        return 4 * 2**30


def memory_bytes(value: object, unit: str = "bytes") -> int:
    """Bytes, from a number of ``unit`` or from text with a unit: ``2GB``, ``1.5 GiB``, ``512MiB``.

    Raises:
        UsageError: another type or text, 0 or less, or an amount so small that another unit was meant.
    """
    problem = f"{parameter('memory')} is {shown_value(value)}"
    example = (
        "give a number of bytes, or text such as '2GiB'"
        if unit == "bytes"
        else "give a number of GiB, for example 2, or 500MB"
    )
    if isinstance(value, str):
        found = re.fullmatch(r"\s*([0-9]{1,18}(?:\.[0-9]{1,18})?)\s*([a-zA-Z]{0,3})\s*", value)
        factor = _UNITS.get((found[2] or unit).lower() if found else "") if found else None
        factor = 1 if factor is None and found and unit == "bytes" and not found[2] else factor
        if found is None or factor is None:
            raise UsageError(f"{problem}; {example}.")
        size = int(Fraction(found[1]) * factor)
    elif isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(float(value)):
        raise UsageError(f"{problem}; {example}.")
    else:
        size = int(float(value) * (1 if unit == "bytes" else _UNITS[unit.lower()]))
    if size <= 0:
        raise UsageError(f"{problem}, but it must be above 0; {example}.")
    if size < _LEAST_MEMORY:
        raise UsageError(f"{problem}, which means {size} bytes and is too little for any network; {example}.")
    return size


def memory_budget(memory: int | None, device: torch.device) -> int:
    """Memory budget in bytes: the caller's value, else half of the free memory.

    Raises:
        UsageError: the budget is not positive.
    """
    if memory is None:
        return available_memory(device) // 2
    if memory <= 0:
        raise UsageError(
            f"{parameter('memory', memory)} is not a memory budget; give more than 0 bytes, for example 2GiB."
        )
    return int(memory)


def in_words(size: float) -> str:
    """Text of a number of bytes, ``512 KiB``, ``36 MiB``, ``1.3 GiB``, rounded up, since requests must suffice."""
    unit, name = next(((unit, name) for unit, name in ((2**30, "GiB"), (2**20, "MiB")) if size >= unit), (2**10, "KiB"))
    amount = max(size, 2**10) / unit
    scale = 10 ** max(0, 1 - floor(log10(amount)))
    return f"{ceil(amount * scale - 1e-9) / scale:g} {name}"


class _LargestStep(TorchDispatchMode):
    """Records the largest sum of batch tensors that one operation of a forward pass reads and writes."""

    def __init__(self) -> None:
        super().__init__()
        self.largest = 0
        self.made: set[int] = set()
        self.kept: list[Tensor] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        outputs = [t for t in (result if isinstance(result, tuple | list) else [result]) if isinstance(t, Tensor)]
        inputs = [t for t in args if isinstance(t, Tensor) and id(t) in self.made]
        self.largest = max(self.largest, sum(t.nbytes for t in {id(t): t for t in (*inputs, *outputs)}.values()))
        self.made.update(id(t) for t in outputs)
        self.kept.extend(outputs)  # keeps the ids valid: the id of a freed tensor may be reused
        return result


def measured_pass(function: Callable[[Tensor], Tensor], point: Tensor) -> tuple[Tensor, int]:
    """Image at ``point`` (1, n), and the bytes that one more tangent needs."""
    watch = _LargestStep()
    with torch.no_grad(), watch:
        image = function(point)
    return image, int(watch.largest * TANGENT_FACTOR)


class _Made(TorchDispatchMode):
    """Records the storages that operations allocate, without weights and views."""

    def __init__(self) -> None:
        super().__init__()
        self.storages: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        given = {_storage(t).data_ptr() for t in args if isinstance(t, Tensor)}
        outputs = result if isinstance(result, tuple | list) else [result]
        self.storages.update({_storage(t).data_ptr() for t in outputs if isinstance(t, Tensor)} - given)
        return result


def _storage(tensor: Tensor) -> torch.UntypedStorage:
    return tensor.untyped_storage()


def graph_bytes(function: Callable[[Tensor], Tensor], point: Tensor) -> int:
    """Bytes that one forward pass at ``point`` (1, n) stores for VJPs, without the weights."""
    saved: dict[int, int] = {}
    held: list[Tensor] = []
    made = _Made()

    def note(tensor: Tensor) -> Tensor:
        if _storage(tensor).data_ptr() in made.storages:
            saved[_storage(tensor).data_ptr()] = _storage(tensor).nbytes()
            held.append(tensor)  # the address of a freed storage may be reused
        return tensor

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor), made:
        function(point.detach().requires_grad_())
    return sum(saved.values())


def chunk_size(tangents: int, per_tangent: int, budget: int, device: torch.device, *, primal_kept: bool = False) -> int:
    """Tangents per pass, chosen so that all passes have nearly equal sizes."""
    fitting = budget // max(per_tangent, 1)
    enough = CPU_TANGENTS_PRIMAL_KEPT if primal_kept else CPU_TANGENTS
    helpful = max(enough, CPU_WORKING_SET // max(per_tangent, 1)) if device.type == "cpu" else fitting
    most = max(1, min(tangents, fitting, helpful))
    return ceil(tangents / ceil(tangents / most))
