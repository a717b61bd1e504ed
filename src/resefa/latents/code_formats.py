"""File formats of latent codes in other projects.

- NVIDIA's ``projector.py`` (StyleGAN2-ADA, StyleGAN3): ``projected_w.npz``, ``{"w": (1, L, n)}``; the older ``dlatents``.
- PTI (danielroich/PTI): pivots ``0.pt``, a bare (1, L, n) tensor.
- encoder4editing and pSp: ``latents.pt`` (b, L, n); ReStyle: ``latents.npy`` with a list of steps for each image.
- rosinality's ``projector.py``: ``{picture: {"img", "latent", "noise"}}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from pathlib import PurePath
from typing import Any

import numpy as np
from torch import Tensor

from resefa.errors import LatentError, printable
from resefa.files.numpy_file import numbers
from resefa.pickles import Unbuilt

_W = ("W", "W+")
KEYS: dict[str, tuple[str, ...] | None] = {
    "w_plus": ("W+",), "wplus": ("W+",), "wp": ("W+",), "w+": ("W+",), "w": _W, "ws": _W, "dlatents": _W, "dlatent": _W,
    "projected_w": _W, "w_pivot": _W, "pivot": _W, "z": ("Z", "ZC", "Z+"), "latents": None, "latent": None,
    "latent_code": None, "latent_codes": None, "code": None, "codes": None,
}  # fmt: skip
"""Key of codes in other projects' files -> the spaces that the key may mean; None: any space."""
_MOST, _MOST_NUMBERS = 10_000, 2**27


def codes_of_arrays(
    arrays: Mapping[str, np.ndarray], name: str
) -> tuple[dict[str, np.ndarray], dict[str, tuple[str, ...] | None]]:
    """The arrays that may be latent codes, with the possible spaces of each.

    Raises:
        LatentError: no array is a candidate.
    """
    codes = {key: value for key, value in arrays.items() if key.lower() in KEYS}
    if not codes and len(arrays) == 1:
        codes = dict(arrays)
    if not codes:
        raise no_codes(list(arrays), name)
    for key, value in codes.items():
        if value.dtype.kind != "f" or not 1 <= value.ndim <= 5 or not value.size:
            raise LatentError(
                f"{name} contains {printable(key, 30) if key else 'an array'} with shape {value.shape} and type {value.dtype}; expected latent codes as floating-point numbers."
            )
    return codes, {key: KEYS.get(key.lower()) for key in codes}


def codes_of_tree(content: Any, name: str) -> tuple[dict[str, np.ndarray], dict[str, tuple[str, ...] | None]]:
    """The arrays in a pickle or torch file that may be latent codes; see ``codes_of_arrays``.

    Raises:
        LatentError: no codes, or a checkpoint.
    """
    if isinstance(content, Tensor | np.ndarray):
        return codes_of_arrays(_arrays({"": content}), name)
    if isinstance(content, list | tuple):
        return codes_of_arrays({"": _stacked(list(content), name)}, name)
    if not isinstance(content, Mapping):
        raise LatentError(
            f"{name} contains a {type(content).__name__}, not latent codes; expected an array of numbers."
        )
    if holds_network(content):
        raise LatentError(
            f"{name} is a checkpoint, not a file of latent codes; give a file of codes, and the checkpoint as the model."
        )
    arrays = _arrays(content)
    if any(isinstance(key, str) and key.lower() in KEYS for key in arrays) or len(arrays) == 1:
        return codes_of_arrays(arrays, name)
    # An entry per picture: an array, a list of optimisation steps (the last is the code), or a mapping with the code.
    parts, keys = [], set()
    for value in list(content.values())[:_MOST]:
        if isinstance(value, Mapping):
            inner = next((key for key in KEYS if key in value), None)
            keys.add(inner)
            value = value.get(inner)
        parts.append(value[-1] if isinstance(value, list | tuple) and value else value)
    key = keys.pop() if len(keys) == 1 else None
    return codes_of_arrays({key or "": _stacked(parts, name)}, name)


def codes_of_objects(content: Any, name: str) -> tuple[dict[str, np.ndarray], dict[str, tuple[str, ...] | None]]:
    """The arrays in an ``.npy`` file of Python objects that may be latent codes; see ``codes_of_arrays``.

    Raises:
        LatentError: no codes.
    """
    objects = content.state if isinstance(content, Unbuilt) and content.type_name == "numpy.ndarray" else None
    if not isinstance(objects, list) or not objects:
        raise LatentError(
            f"{name} is an array of Python objects, not latent codes; save the codes as an array of numbers."
        )
    return codes_of_tree(objects[0] if len(objects) == 1 else objects, name)


def no_codes(keys: list[str], name: str) -> LatentError:
    """The error for a file without a key of latent codes."""
    found = ", ".join(printable(key, 30) for key in keys[:5])
    return LatentError(
        f"{name} contains {found or 'no array'}, but no latent codes; expected an array with the key w, z or latents."
    )


def is_code_key(key: Any) -> bool:
    """Whether other projects use this key for latent codes, not directions."""
    return isinstance(key, str) and key.lower() in KEYS


def named_like_codes(file: str, shape: tuple[int, ...]) -> bool:
    """Whether a file of a bare array is named like latent codes: ``projected_w.npy``, ``latents.pt``, PTI's ``0.pt``."""
    stem, ending = PurePath(file).stem.lower(), PurePath(file).suffix.lower()
    bare = (
        stem.removeprefix("projected_")
        .removeprefix("inverted_")
        .removeprefix("generated_")
        .rstrip("0123456789")
        .rstrip("_-")
    )
    pivot = stem.isdecimal() and ending == ".pt" and len(shape) == 3 and shape[0] == 1
    return bare in KEYS or pivot


def holds_network(content: Mapping[Any, Any]) -> bool:
    """Whether a mapping contains a network's state dict: tensors named like layer weights, at any depth."""
    for value in (content, *(value for value in list(content.values())[:50] if isinstance(value, Mapping))):
        layers = sum(
            isinstance(key, str)
            and key.endswith((".weight", ".bias", "_weight", "_bias"))
            and isinstance(part, Tensor | np.ndarray)
            for key, part in list(value.items())[:2000]
        )
        if layers:
            return True
    return False


def _arrays(content: Mapping[Any, Any]) -> dict[str, np.ndarray]:
    """The arrays with keys of latent codes, or the only array."""
    values = {key: value for key, value in content.items() if isinstance(key, str) and _is_array(value)}
    named = {key: value for key, value in values.items() if is_code_key(key)} or (values if len(values) == 1 else {})
    found = {key: numbers(value) for key, value in named.items()}
    return {key: value for key, value in found.items() if value is not None and value.ndim}


def _stacked(parts: list[Any], name: str) -> np.ndarray:
    """Stack the codes of several pictures into one array with an entry per picture."""
    shapes = {tuple(part.shape) if _is_array(part) else None for part in parts}
    shape = shapes.pop() if len(shapes) == 1 else None
    if not shape or len(parts) > _MOST or len(parts) * prod(shape) > _MOST_NUMBERS:
        raise LatentError(
            f"{name} contains no latent codes; expected arrays with the same shape, one for each picture."
        )
    arrays = [array for part in parts if (array := numbers(part)) is not None]
    if len(arrays) < len(parts):
        raise LatentError(f"{name} contains arrays of Python objects, not latent codes; expected real numbers.")
    return np.concatenate([array if array.ndim > 1 and len(array) == 1 else array[None] for array in arrays])


def _is_array(value: Any) -> bool:
    return isinstance(value, Tensor | np.ndarray)
