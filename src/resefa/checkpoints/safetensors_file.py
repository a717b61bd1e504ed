"""Files of tensors alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from resefa.errors import WeightsError


def read_safetensors_file(path: str | Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors by name, on the CPU, and the file's metadata.

    Raises:
        WeightsError: damaged.
    """
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
            return tensors, dict(file.metadata() or {})
    except (SafetensorError, OSError, ValueError, RuntimeError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
        raise WeightsError(f"{Path(path).name} is damaged or no safetensors file ({reason}): get it anew.") from error


def settings_in(metadata: Mapping[str, str], name: str) -> dict[str, Any] | None:
    """The JSON object under ``settings``, or None: what tensors do not tell, under the names of the training code.

    Raises:
        WeightsError: it is no JSON object.
    """
    if (text := metadata.get("settings")) is None:
        return None
    try:
        settings = json.loads(text)
    except (ValueError, RecursionError):
        settings = None
    if not isinstance(settings, dict):
        raise WeightsError(f'{name}: its settings are no JSON object: write them as {{"conv_clamp": 256}}.')
    return settings
