"""Reader of safetensors files of weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from resefa.errors import WeightsError, printable
from resefa.files.input_file import check_regular

_MOST_TENSORS = 100_000


def read_safetensors_file(path: str | Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors by name, on the CPU, and the metadata of a safetensors file.

    Raises:
        WeightsError: the file is damaged or not a safetensors file.
    """
    check_regular(path, raises=WeightsError)
    try:
        with safe_open(path, framework="pt") as file:
            names = list(file.keys())
            if len(names) > _MOST_TENSORS:
                raise ValueError(f"it lists {len(names)} tensors, more than the limit of {_MOST_TENSORS}")
            tensors = {key: file.get_tensor(key) for key in names}
            return tensors, dict(file.metadata() or {})
    except MemoryError as error:
        raise WeightsError(
            f"There is not enough memory to read {Path(path).name}; check that it is a weights file, or free some memory."
        ) from error
    except (
        SafetensorError,
        OSError,
        ValueError,
        RuntimeError,
        TypeError,
        LookupError,
        AttributeError,
        OverflowError,
    ) as error:
        reason = printable(error or type(error).__name__, 160)
        raise WeightsError(
            f"{Path(path).name} is damaged or not a safetensors file ({reason}): download it again."
        ) from error


def settings_in(metadata: Mapping[str, str], name: str) -> dict[str, Any] | None:
    """Settings in the metadata, a JSON object under ``settings`` with the training code's names; None without the entry.

    Nested settings of a part of the network (``mapping_kwargs``, ``synthesis_kwargs``) are flattened, as for a pickle:
    if ``lr_multiplier`` were ignored, w would hardly depend on z.

    Raises:
        WeightsError: the entry is not a JSON object.
    """
    if (text := metadata.get("settings")) is None:
        return None
    try:
        settings = json.loads(text)
    except (ValueError, RecursionError):
        settings = None
    if not isinstance(settings, dict):
        raise WeightsError(
            f'{name}: the settings in its metadata are not a JSON object; write them as {{"conv_clamp": 256}}.'
        )
    nested = [settings.pop(key, None) for key in ("synthesis_kwargs", "mapping_kwargs")]
    for inner in nested:
        settings = (inner if isinstance(inner, dict) else {}) | settings
    return settings
