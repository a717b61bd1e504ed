"""Weights of the project's small networks: a tagged safetensors file with the settings that build the network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

from resefa.errors import WeightsError, printable
from resefa.files.input_file import file_sha256, user_path
from resefa.files.schema import decode
from resefa.files.tensor_file import Format, load_tensors, to_bytes
from resefa.zoo.cards import card
from resefa.zoo.checksums import verified

_LARGEST = 64 * 2**20
Settings = TypeVar("Settings")
Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True)
class NetworkWeights(Generic[Settings]):
    """Content of a file.

    Attributes:
        state: tensors by name, float32.
        settings: of the network. ``fingerprint``: sha256 of the file.
        name: of the file, for messages.
    """

    state: Mapping[str, Tensor]
    settings: Settings
    fingerprint: str
    name: str

    def loaded_into(self, network: Network) -> Network:
        """The network with these weights, frozen, in evaluation mode.

        Raises:
            WeightsError: tensors are missing, unexpected or of a different shape.
        """
        try:
            network.load_state_dict(dict(self.state))
        except RuntimeError as error:
            raise WeightsError(f"{self.name} holds a different network: {printable(error, 300)}") from error
        return network.requires_grad_(False).eval()


def network_weights(
    kind: Format, settings: type[Settings], card_name: str, path: str | Path | None
) -> NetworkWeights[Settings]:
    """Weights of a card, or of a file that the user names.

    Args:
        kind: format of the file. ``settings``: type of its settings.
        path: the file; None for the card's.

    Raises:
        WeightsError: the file is missing or damaged, differs from the card's checksum, or is of a different format.
    """
    file = verified(card(card_name)) if path is None else user_path(path)
    tensors, metadata = load_tensors(file, _LARGEST, raises=WeightsError)
    kind.expect(metadata, file.name, raises=WeightsError)
    what = f"The entry settings of {file.name}"
    found = decode(metadata.get("settings", ""), settings, what, raises=WeightsError)
    return NetworkWeights({k: v.float() for k, v in tensors.items()}, found, file_sha256(file), file.name)


def weights_bytes(kind: Format, state: Mapping[str, Tensor], settings: Mapping[str, object]) -> bytes:
    """Content of a file with the tensors in float16; equal weights give equal bytes."""
    text = json.dumps(settings, separators=(",", ":"))
    return to_bytes({name: value.to(torch.float16) for name, value in state.items()}, kind.metadata(settings=text))
