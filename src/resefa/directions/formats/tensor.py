"""A single tensor in a ``.pt`` file, with or without a key.

encoder4editing's ``interfacegan_directions/age.pt`` and its like are such: (1, 512) normals that are added to every row of a W+
code, so of W; the file does not state it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor

from resefa.directions.formats import arrays
from resefa.directions.formats.import_options import Fields, ImportOptions
from resefa.errors import DirectionsError, printable

NAME = "a tensor file"


def recognises(content: Any, options: ImportOptions) -> bool:
    return isinstance(content, Tensor | np.ndarray) or (isinstance(content, Mapping) and bool(_tensors(content)))


def read(content: Any, options: ImportOptions) -> Fields:
    if isinstance(content, Mapping):
        found = _tensors(content)
        if len(found) > 1:
            some = ", ".join(printable(key, 40) for key in list(found)[:5])
            raise DirectionsError(
                f"{options.name} contains {len(found)} tensors ({some}), which is not a supported layout of directions; save only the tensor of directions."
            )
        (content,) = found.values()
    return arrays.read(content, options, NAME)


def _tensors(content: Mapping[Any, Any]) -> dict[str, Tensor | np.ndarray]:
    return {
        key: value
        for key, value in content.items()
        if isinstance(key, str) and isinstance(value, Tensor | np.ndarray) and value.ndim
    }
