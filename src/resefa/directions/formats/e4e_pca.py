"""encoder4editing's PCA of W (omertov/encoder4editing, ``editings/ganspace_pca/*.pt``): the result of GANSpace as three tensors.

``{"comp": (k, 1, n), "mean": (1, n), "std": (k,)}``. ``editings/ganspace.py`` steps by multiples of std, over a range of layers
that it states beside the file: give them with ``layers``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from resefa.directions.formats.ganspace import components, one_each
from resefa.directions.formats.import_options import Fields, ImportOptions, imported, numbers

NAME = "encoder4editing's PCA"


def recognises(content: Any, options: ImportOptions) -> bool:
    return isinstance(content, Mapping) and {"comp", "std"} <= set(content)


def read(content: Mapping[str, Any], options: ImportOptions) -> Fields:
    rows = components(numbers(content["comp"], options.name, "comp"), options.name, "comp")
    steps = numbers(content["std"], options.name, "std").ravel()
    return imported(rows, options, NAME, "W", steps=one_each(steps, rows, options.name, "std"))
