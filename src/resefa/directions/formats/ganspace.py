"""GANSpace's components (Härkönen et al. 2020; harskish/ganspace, ``decomposition.py``): one ``.npz`` file for each model and layer.

``act_comp, act_mean, act_stdev, lat_comp (k, 1, n), lat_mean, lat_stdev (k,), var_ratio, random_stdevs``, float32. The latent part
is what moves a code: unit rows, and a slider at 1 moves by one lat_stdev. The file does not name its space: in Z lat_stdev is
all ones by construction, in W it is measured, and W files are named ``..._w.npz`` or ``..._w_seed3.npz``.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from resefa.directions.formats.import_options import Fields, ImportOptions, imported, numbers
from resefa.errors import DirectionsError, parameter
from resefa.generators.base import BaseGenerator

if TYPE_CHECKING:
    from resefa.directions.directions import Directions

NAME = "GANSpace"
ENDING = ".npz"
WANTED = ("lat_comp", "lat_stdev", "space")
_W_FILE = re.compile(r".*_w(_seed\d+)?")


def recognises(content: Any, options: ImportOptions) -> bool:
    return isinstance(content, Mapping) and "lat_comp" in content and "edit_type" not in content


def read(content: Mapping[str, Any], options: ImportOptions) -> Fields:
    """Directions from the latent components; steps are their standard deviations."""
    rows = components(numbers(content["lat_comp"], options.name, "lat_comp"), options.name, "lat_comp")
    steps = None
    if "lat_stdev" in content:
        steps = one_each(
            numbers(content["lat_stdev"], options.name, "lat_stdev").ravel(), rows, options.name, "lat_stdev"
        )
    said = content.get("space")
    if isinstance(said, np.ndarray) and said.dtype.kind == "U" and str(said) in ("Z", "W"):
        space = str(said)  # only in files that resefa wrote
    else:
        space = "W" if _W_FILE.fullmatch(options.stem) or (steps is not None and bool((steps != 1).any())) else "Z"
    return imported(rows, options, NAME, space, steps=steps)


def write(directions: Directions, generator: BaseGenerator | None = None) -> bytes:
    """Write the keys that GANSpace writes for latent components (``--layer=style --use_w``), where act equals lat.

    Quantities that directions lack get neutral values: means 0, stdevs 1 where there are no steps, ``var_ratio`` NaN. A key
    ``space``, which GANSpace ignores, tells this reader Z from W.

    Raises:
        DirectionsError: directions of another space, or of some layers only.
    """
    own = directions.provenance
    if own.space not in ("Z", "W") or own.layers is not None:
        where = f"{own.space}{f', layers {own.layers}' if own.layers else ''}"
        raise DirectionsError(
            f"GANSpace's components move all layers of Z or W, but these directions move {where}; use {parameter('format', 'w+')}."
        )
    rows = directions.vectors.detach().cpu().float().numpy()[:, None]
    count, _, n = rows.shape
    steps = np.ones(count, np.float32) if own.steps is None else np.array(own.steps, np.float32)
    mean = np.zeros((1, n), np.float32)
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        act_comp=rows, act_mean=mean, act_stdev=steps, lat_comp=rows, lat_mean=mean, lat_stdev=steps,
        var_ratio=np.full(count, np.nan, np.float32), random_stdevs=np.ones(count, np.float32), space=np.array(own.space),
    )  # fmt: skip
    return buffer.getvalue()


def components(array: np.ndarray, name: str, key: str) -> np.ndarray:
    """Components as rows (k, n), from (k, 1, n), (k, n) or a single component (n,)."""
    if array.ndim == 3 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim not in (1, 2):
        raise DirectionsError(f"{key} of {name} has shape {array.shape}; expected (k, 1, n), one component per row.")
    return np.atleast_2d(array)


def one_each(steps: np.ndarray, rows: np.ndarray, name: str, key: str) -> np.ndarray:
    """The steps, checked to be finite, positive and one per row."""
    if steps.shape != (len(rows),) or not (np.isfinite(steps) & (steps > 0)).all():
        raise DirectionsError(
            f"{key} of {name} must be {len(rows)} positive numbers, one for each component; it has {steps.size} values."
        )
    return steps
