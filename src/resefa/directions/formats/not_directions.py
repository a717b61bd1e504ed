"""Refusals of files without directions: codes, checkpoints, programs, pictures; each named, with what to do."""

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
_EXPECTED = "expected directions, from `resefa discover` or another tool (docs/how-to/other_tools.md)"


def refuse_codes(content: Any, options: ImportOptions) -> None:
    """Refuse latent codes of other projects: arrays under the usual keys, and bare arrays with the usual file names.

    A bare array with a given space is read as directions.

    Raises:
        DirectionsError: the file contains codes.
    """
    if isinstance(content, Mapping):
        arrays = {key: value for key, value in content.items() if isinstance(value, Tensor | np.ndarray)}
        if (keys := [key for key in arrays if is_code_key(key)]) and len(keys) == len(arrays):
            raise DirectionsError(
                f"{options.name} contains latent codes ({', '.join(map(printable, keys))}), not directions; give it as "
                f"{parameter('code')}, read with resefa.LatentCode.load."
            )
    elif (
        isinstance(content, Tensor | np.ndarray)
        and options.space is None
        and named_like_codes(options.name, tuple(content.shape))
    ):
        raise DirectionsError(
            f"{options.name}, of shape {tuple(content.shape)}, is named like a file of latent codes: give codes as {parameter('code')}; if these are "
            f"directions, give their {parameter('space')}."
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
    """Refuse TorchScript and exported programs, which torch stores in archives as it does tensors.

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
    """The error for the weights of a network."""
    return DirectionsError(
        f"{name} is a checkpoint, not a directions file; give it as the model, or see `resefa inspect`."
    )


def unknown_file(path: Path) -> DirectionsError:
    """The error for a file of another kind, which it names."""
    try:
        words = words_of(path)
    except OSError as error:
        return DirectionsError(f"{path} cannot be read ({error.strerror or error}); check the path.")
    return DirectionsError(f"{path.name} is {words}; {_EXPECTED}.")
