"""Files of tensors alone."""

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
    """The tensors by name, on the CPU, and the file's metadata.

    Raises:
        WeightsError: damaged.
    """
    check_regular(path, raises=WeightsError)
    try:
        with safe_open(path, framework="pt") as file:
            names = list(file.keys())
            if len(names) > _MOST_TENSORS:
                raise ValueError(f"it lists {len(names)} tensors, and networks have no more than {_MOST_TENSORS}")
            tensors = {key: file.get_tensor(key) for key in names}
            return tensors, dict(file.metadata() or {})
    except MemoryError as error:
        raise WeightsError(f"{Path(path).name} needs more memory than there is: is it a file of weights?") from error
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
        raise WeightsError(f"{Path(path).name} is damaged or no safetensors file ({reason}): get it anew.") from error


def settings_in(metadata: Mapping[str, str], name: str) -> dict[str, Any] | None:
    """The JSON object under ``settings``, or None: what tensors do not tell, under the names of the training code.

    What that code nests for a part of the network (``mapping_kwargs``, ``synthesis_kwargs``) comes flat, as from a
    pickle: passed over, ``lr_multiplier`` would leave a mapping whose w hardly depends on z.

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
    nested = [settings.pop(key, None) for key in ("synthesis_kwargs", "mapping_kwargs")]
    for inner in nested:
        settings = (inner if isinstance(inner, dict) else {}) | settings
    return settings
