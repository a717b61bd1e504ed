"""Errors for files without directions (latent codes, checkpoints, programs, pictures), with the remedy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from resefa.directions.formats.import_options import ImportOptions
from resefa.errors import DirectionsError, ResefaError, parameter, printable
from resefa.files.file_kind import file_kind, words_of
from resefa.latents.code_formats import holds_network, is_code_key, named_like_codes
from resefa.pickles import NvidiaModule, Unbuilt

_PROGRAMS = {"torchscript": "a TorchScript program", "torch-export": "a torch.export program"}
_EXPECTED = "give a directions file, from `resefa discover` or another tool (docs/how-to/other_tools.md)"


def refuse_codes(content: Any, options: ImportOptions) -> None:
    """Refuse latent codes from other projects: arrays with their usual keys or file names.

    A bare array with a given space is read as directions.

    Raises:
        DirectionsError: the file contains codes.
    """
    if isinstance(content, Mapping):
        arrays = {key: value for key, value in content.items() if isinstance(value, Tensor | np.ndarray)}
        if (keys := [key for key in arrays if is_code_key(key)]) and len(keys) == len(arrays):
            raise DirectionsError(
                f"{options.name} contains latent codes ({', '.join(map(printable, keys))}), not directions; read the file with resefa.LatentCode.load, and give the result as {parameter('code')}."
            )
    elif (
        isinstance(content, Tensor | np.ndarray)
        and options.space is None
        and named_like_codes(options.name, tuple(content.shape))
    ):
        raise DirectionsError(
            f"{options.name} (shape {tuple(content.shape)}) has the usual name of a file of latent codes; give codes as {parameter('code')}. For directions, also give {parameter('space')}."
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
    """Refuse TorchScript and exported programs, which torch stores in the same archives as tensors.

    Raises:
        DirectionsError: it is a program.
    """
    try:
        kind = file_kind(path)
    except ResefaError as error:
        raise DirectionsError(error) from error
    if kind in _PROGRAMS:
        raise DirectionsError(f"{path.name} is {_PROGRAMS[kind]}; {_EXPECTED}.")


def is_checkpoint(name: str) -> DirectionsError:
    """The error for a file with the weights of a network."""
    return DirectionsError(
        f"{name} is a checkpoint, not a directions file; give a directions file, and the checkpoint as the model (`resefa inspect` describes it)."
    )


def unknown_file(path: Path) -> DirectionsError:
    """The error for a file of any other kind, which the message names."""
    try:
        words = words_of(path)
    except OSError as error:
        return DirectionsError(
            f"{path} cannot be read ({error.strerror or error}); check the path and its permissions."
        )
    return DirectionsError(f"{path.name} is {words}; {_EXPECTED}.")
