"""Files of tensors alone."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from resefa.errors import WeightsError


def read_safetensors_file(path: str | Path) -> dict[str, Tensor]:
    """The tensors by name, on the CPU.

    Raises:
        WeightsError: damaged.
    """
    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError, RuntimeError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
        raise WeightsError(f"{Path(path).name} is damaged or no safetensors file ({reason}): get it anew.") from error
