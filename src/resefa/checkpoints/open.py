"""A file to a record: detected by content, opened by the reader of its format."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from resefa.checkpoints.dcgan import dcgan_record, generator_tensors
from resefa.checkpoints.kind import file_kind
from resefa.checkpoints.record import CheckpointRecord
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
    if kind not in ("torch-zip", "pickle"):
        raise ModelError(f"{path.name} is of a kind that is not read ({kind}): a torch file of weights was expected.")
    content = read_torch_file(path)
    tensors = generator_tensors(content)
    if tensors is None:
        keys = (
            ", ".join(str(key) for key in list(content)[:4]) if isinstance(content, Mapping) else type(content).__name__
        )
        raise ModelError(
            f"{path.name} holds no generator that is known (it begins with {keys}): DCGANs are read; any other module "
            "opens in Python with resefa.wrap."
        )
    return dcgan_record(tensors, path.name)
