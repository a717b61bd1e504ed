"""Files of ``torch.save``, read with ``weights_only=True`` and in no other way."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from typing import Any

import torch

from resefa.errors import WeightsError


def read_torch_file(path: str | Path) -> Any:
    """The saved object, tensors on the CPU.

    Raises:
        WeightsError: damaged, or it names globals that are not plain tensors; those are named and not run.
    """
    path = Path(path)
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        found = re.search(r"GLOBAL ([\w.]+)", str(error))
        what = (
            f"it names {found.group(1)}, which could run code" if found else "it holds more than tensors, or is damaged"
        )
        raise WeightsError(f"{path.name} was not opened: {what}. Ask for a file of the weights alone.") from error
    except (RuntimeError, EOFError, OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
        raise WeightsError(f"{path.name} is damaged or no torch file ({reason}): get it anew.") from error
