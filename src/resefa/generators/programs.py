"""Generators in TorchScript and torch.export files, which are programs.

These files contain operations, not only weights, and torch runs them: an untrusted file can do anything a program can do.
They are opened only if the user says that the file is trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from resefa.errors import ModelError, parameter
from resefa.generators.wrapped import reason_of


def load_program(
    path: str | Path, kind: str, latent_shape: Sequence[int] | int | None, *, trusted: bool
) -> Callable[[Tensor], Tensor]:
    """The module of a TorchScript (``kind="torchscript"``) or torch.export (``kind="torch-export"``) file, for ``wrap``.

    Raises:
        ModelError: not trusted, no latent shape, or torch cannot read it.
    """
    path = Path(path)
    what = "TorchScript" if kind == "torchscript" else "torch.export"
    if not trusted:
        raise ModelError(
            f"{path.name} is a {what} file, which is a program; if you trust its author, open it with "
            f"{parameter('trust_program', True)}."
        )
    if latent_shape is None:
        raise ModelError(
            f"{path.name} is a {what} file, which does not contain the shape of its codes; give "
            f"{parameter('latent_shape')}, for example 512."
        )
    try:
        if kind == "torchscript":
            module = torch.jit.load(str(path), map_location="cpu")
        else:
            module = torch.export.load(str(path)).module()
    except Exception as error:  # torch raises many kinds of errors here, from RuntimeError to JSON errors
        raise ModelError(f"torch cannot open {path.name} as a {what} file: {reason_of(error)}") from error
    return module
