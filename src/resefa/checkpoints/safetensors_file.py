"""Files of tensors alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from resefa.errors import WeightsError


def read_safetensors_file(path: str | Path) -> tuple[dict[str, Tensor], dict[str, Any] | None]:
    """The tensors by name, on the CPU; and the JSON object under ``settings`` in the file's metadata, or None.

    Settings are what tensors do not tell, under the names of the training code: ``{"conv_clamp": 256}``.

    Raises:
        WeightsError: damaged, or its settings are no JSON object.
    """
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
            text = (file.metadata() or {}).get("settings")
        settings = None if text is None else json.loads(text)
        if settings is not None and not isinstance(settings, dict):
            raise ValueError("its settings are no JSON object")
        return tensors, settings
    except (SafetensorError, OSError, ValueError, RuntimeError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
        raise WeightsError(f"{Path(path).name} is damaged or no safetensors file ({reason}): get it anew.") from error
