"""Device and dtype of a generator from the caller's names."""

from __future__ import annotations

import torch

from resefa.errors import UsageError, parameter


def device_of(device: torch.device | str | None) -> torch.device:
    """Device by name; the CPU for None.

    Raises:
        UsageError: torch knows no such device, or this machine has none.
    """
    try:
        place = torch.device("cpu" if device is None else device)
    except (RuntimeError, TypeError) as error:
        raise UsageError(f"Unknown {parameter('device', device)}; give cpu, cuda, cuda:0 or mps.") from error
    present = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not present.get(place.type, True):
        raise UsageError(
            f"{parameter('device', device)} is not available to torch on this machine; omit it to compute on the CPU."
        )
    return place


def dtype_of(dtype: torch.dtype | str | None) -> torch.dtype:
    """Floating-point dtype by name; float32 for None.

    Raises:
        UsageError: not a floating-point dtype.
    """
    if dtype is None:
        return torch.float32
    found = getattr(torch, dtype, None) if isinstance(dtype, str) else dtype
    if not isinstance(found, torch.dtype) or not found.is_floating_point:
        raise UsageError(f"Unknown {parameter('dtype', dtype)}; give float32, float64, bfloat16 or float16.")
    return found


def stored_dtype(dtype: object) -> torch.dtype:
    """Precision of a stored Jacobian by name.

    Raises:
        UsageError: not a floating-point dtype of two bytes or more.
    """
    found = getattr(torch, dtype, None) if isinstance(dtype, str) else dtype
    if not isinstance(found, torch.dtype) or not found.is_floating_point or found.itemsize < 2:
        raise UsageError(f"Unknown {parameter('stored', dtype)}; give float16, bfloat16, float32 or float64.")
    return found
