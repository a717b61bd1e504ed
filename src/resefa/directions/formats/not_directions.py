"""Files that people take for directions: codes, checkpoints, pictures. Each is refused as what it is, with what to do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from resefa.directions.formats.asked import Asked
from resefa.errors import DirectionsError, ResefaError, printable
from resefa.files.file_kind import file_kind, words_of
from resefa.latents.code_formats import holds_network, is_code_key, named_like_codes
from resefa.pickles import NvidiaModule, Unbuilt

_PROGRAMS = {"torchscript": "a TorchScript program", "torch-export": "a torch.export program"}
_EXPECTED = "a directions file was expected, as `resefa discover` writes it or another tool (docs/other_tools.md)"


def refuse_codes(content: Any, asked: Asked) -> None:
    """Refuse what other projects write as codes: arrays under their keys, and bare arrays under their files' names.

    A bare array is what its owner says: with a space given, it holds directions.

    Raises:
        DirectionsError: it holds codes.
    """
    if isinstance(content, Mapping):
        arrays = {key: value for key, value in content.items() if isinstance(value, Tensor | np.ndarray)}
        if (keys := [key for key in arrays if is_code_key(key)]) and len(keys) == len(arrays):
            raise DirectionsError(
                f"{asked.name} holds codes ({', '.join(map(printable, keys))}), not directions: give it with --code to discover, edit or sample, or "
                "read it with resefa.LatentCode.load."
            )
    elif (
        isinstance(content, Tensor | np.ndarray)
        and asked.space is None
        and named_like_codes(asked.name, tuple(content.shape))
    ):
        raise DirectionsError(
            f"{asked.name}, of shape {tuple(content.shape)}, has the name of a file of codes: give it with --code if it is one. If it holds "
            "directions, say their space (resefa import --space, or space= in Python)."
        )


def refuse_checkpoint(content: Any, name: str) -> None:
    """Refuse the weights of a network.

    Raises:
        DirectionsError: the content has layers of a network, or is one.
    """
    modules = (
        content
        if isinstance(content, tuple | list)
        else content.values()
        if isinstance(content, Mapping)
        else (content,)
    )
    if (isinstance(content, Mapping) and holds_network(content)) or any(
        isinstance(one, NvidiaModule | Unbuilt) for one in list(modules)[:50]
    ):
        raise is_checkpoint(name)


def refuse_program(path: Path) -> None:
    """Refuse TorchScript and exported programs, which torch keeps in archives like those of tensors.

    Raises:
        DirectionsError: it is a program.
    """
    try:
        kind = file_kind(path)
    except ResefaError as error:
        raise DirectionsError(str(error)) from error
    if kind in _PROGRAMS:
        raise DirectionsError(f"{path.name} is {_PROGRAMS[kind]}; {_EXPECTED}.")


def is_checkpoint(name: str) -> DirectionsError:
    """The error for the weights of a network."""
    return DirectionsError(
        f"{name} is a checkpoint, not a directions file: look at it with `resefa inspect`, or give it as the model."
    )


def unknown_file(path: Path) -> DirectionsError:
    """The error for a file of a kind that holds no directions: what it is instead."""
    try:
        words = words_of(path)
    except OSError as error:
        return DirectionsError(f"{path} cannot be read ({error.strerror or error}): check the path.")
    return DirectionsError(f"{path.name} is {words}; {_EXPECTED}.")
