"""A record's network, with every tensor in its place."""

from __future__ import annotations

from typing import Any

import torch

from resefa.checkpoints.record import CheckpointRecord
from resefa.errors import ModelError


def built(network_class: type, record: CheckpointRecord, name: str, device: torch.device, dtype: torch.dtype) -> Any:
    """The frozen network of a record, in evaluation mode.

    Raises:
        ModelError: a tensor is missing or left over.
    """
    # Of the right type first: tensors kept in float64 (folded spectral norms) must not pass through float32.
    network = network_class(record.config).to(dtype)
    try:
        network.load_state_dict(dict(record.tensors), strict=True)
    except RuntimeError as error:
        raise ModelError(f"{name} does not fit a {record.family}: {str(error).splitlines()[-1].strip()}") from error
    return network.eval().requires_grad_(False).to(device, dtype)
