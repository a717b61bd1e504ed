"""A file to a record: detected by content, opened by the reader of its format."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from resefa.checkpoints.kind import file_kind
from resefa.checkpoints.readers import record_of
from resefa.checkpoints.record import CheckpointRecord
from resefa.checkpoints.safetensors_file import read_safetensors_file
from resefa.checkpoints.torch_zip import read_torch_file
from resefa.errors import ModelError


def open_checkpoint(path: str | Path) -> CheckpointRecord:
    """Read a checkpoint without running anything in it.

    Raises:
        ModelError: no reader knows it.
        WeightsError: it is damaged or names globals that could run code.
    """
    path = Path(path)
    kind = file_kind(path)
    if kind not in ("torch-zip", "pickle", "safetensors"):
        raise ModelError(f"{path.name} is of a kind that is not read ({kind}): a torch file of weights was expected.")
    content, settings = read_safetensors_file(path) if kind == "safetensors" else (read_torch_file(path), None)
    record = record_of(content, path.name, settings)
    if record is None:
        keys = (
            ", ".join(str(key) for key in list(content)[:4]) if isinstance(content, Mapping) else type(content).__name__
        )
        raise ModelError(
            f"{path.name} holds no generator that is known (it begins with {keys}): state dicts of StyleGAN1, 2 and 3, ProGAN, "
            "BigGAN, BigGAN-deep and DCGAN are read; any other module opens in Python with resefa.wrap."
        )
    return record
