"""encoder4editing's PCA of W (omertov/encoder4editing, ``editings/ganspace_pca/*.pt``): GANSpace's result as three tensors.

``{"comp": (k, 1, n), "mean": (1, n), "std": (k,)}``. ``editings/ganspace.py`` steps by multiples of std, over a range of layers
that it gives beside the file: say them with ``layers``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from resefa.directions.formats.asked import Asked, Fields, imported, numbers
from resefa.directions.formats.ganspace import components, one_each

NAME = "encoder4editing's PCA"


def recognises(content: Any, asked: Asked) -> bool:
    return isinstance(content, Mapping) and {"comp", "std"} <= set(content)


def read(content: Mapping[str, Any], asked: Asked) -> Fields:
    rows = components(numbers(content["comp"], asked.name, "comp"), asked.name, "comp")
    steps = numbers(content["std"], asked.name, "std").ravel()
    return imported(rows, asked, NAME, "W", steps=one_each(steps, rows, asked.name, "std"))
