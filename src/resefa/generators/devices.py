"""Where a generator computes and how precisely, as a caller names it."""

from __future__ import annotations

import torch

from resefa.errors import UsageError


def device_of(device: torch.device | str | None) -> torch.device:
    """The device by its name; the CPU for None.

    Raises:
        UsageError: torch knows no such device, or this machine has none.
    """
    try:
        place = torch.device("cpu" if device is None else device)
    except (RuntimeError, TypeError) as error:
        raise UsageError(f"Unknown device {device!r}; give cpu, cuda, cuda:0 or mps.") from error
    present = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not present.get(place.type, True):
        raise UsageError(
            f"This machine has no device {device!r} that torch can use; leave it out to compute on the CPU."
        )
    return place


def dtype_of(dtype: torch.dtype | str | None) -> torch.dtype:
    """A floating-point precision by its name; float32 for None.

    Raises:
        UsageError: it is something else.
    """
    if dtype is None:
        return torch.float32
    found = getattr(torch, dtype, None) if isinstance(dtype, str) else dtype
    if not isinstance(found, torch.dtype) or not found.is_floating_point:
        raise UsageError(f"Unknown dtype {dtype!r}; give float32, float64, bfloat16 or float16.")
    return found
