"""Generators that come as a program: TorchScript and torch.export files.

Such a file holds operations, not only weights, and torch runs them: a stranger's file may do what a program may do. So
they open only where the person says that the file is trusted.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from resefa.errors import ModelError
from resefa.generators.wrapped import WrappedGenerator, reason_of, wrap


def load_program(
    path: str | Path,
    kind: str,
    *,
    latent_shape: Sequence[int] | int | None,
    output_range: tuple[float, float],
    presets: str,
    trusted: bool,
    device: torch.device | str | None,
    dtype: torch.dtype | None,
) -> WrappedGenerator:
    """Open a TorchScript (``kind="torchscript"``) or torch.export (``kind="torch-export"``) file as a generator.

    Raises:
        ModelError: not trusted, no latent shape, or torch cannot read it.
    """
    path = Path(path)
    what = "TorchScript" if kind == "torchscript" else "torch.export"
    if not trusted:
        raise ModelError(
            f"{path.name} is a {what} file, which is a program: open it only if you trust who made it, with "
            "--trust-program (in Python, trust_program=True)."
        )
    if latent_shape is None:
        raise ModelError(
            f"{path.name} is a {what} file and does not say what its codes look like: give --latent-shape 512 (in "
            "Python, latent_shape=(512,))."
        )
    try:
        if kind == "torchscript":
            module = torch.jit.load(str(path), map_location="cpu")
        else:
            module = torch.export.load(str(path)).module()
    except Exception as error:  # torch raises anything from RuntimeError to its own JSON errors here
        raise ModelError(f"torch cannot open {path.name} as a {what} file: {reason_of(error)}") from error
    return wrap(module, latent_shape, output_range, name=path.stem, presets=presets, device=device, dtype=dtype)
