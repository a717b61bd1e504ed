"""Which reader knows a state dict, by its tensors' names and shapes. A new family adds one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from torch import Tensor

from resefa.checkpoints import biggan, biggan_deep, progan, stylegan1, stylegan2, stylegan3
from resefa.checkpoints.dcgan import dcgan_record, generator_tensors
from resefa.checkpoints.record import CheckpointRecord

Reader = Callable[[Mapping[str, Tensor], str, Mapping[str, Any] | None], CheckpointRecord]
READERS: tuple[tuple[Callable[[Mapping[str, Tensor]], bool], Reader], ...] = (
    (stylegan3.recognises, stylegan3.stylegan3_record),
    (stylegan1.recognises, stylegan1.stylegan1_record),
    (progan.recognises, progan.progan_record),
    (stylegan2.recognises, stylegan2.stylegan2_record),
    (biggan_deep.recognises, biggan_deep.biggan_deep_record),
    (biggan.recognises, biggan.biggan_record),
)
AVERAGED_FIRST = ("G_ema", "g_ema", "generator_ema", "ema", "G", "generator", "state_dict")
"""Where a file holds several networks, the running average of the generator is the one that people mean."""


def record_of(content: Any, name: str, settings: Mapping[str, Any] | None = None) -> CheckpointRecord | None:
    """The record of a loaded file's content, or None where no reader knows it.

    Raises:
        ModelError: a reader knows it, and a tensor is missing or left over.
    """
    for tensors in _state_dicts(content):
        for recognises, reader in READERS:
            if recognises(tensors):
                return reader(tensors, name, settings)
    tensors = generator_tensors(content)
    return None if tensors is None else dcgan_record(tensors, name)


def _state_dicts(content: Any) -> Iterator[dict[str, Tensor]]:
    """The content itself, then what it holds, averaged generators first."""
    if not isinstance(content, Mapping):
        return
    flat = {k.removeprefix("module."): v for k, v in content.items() if isinstance(k, str) and isinstance(v, Tensor)}
    if flat:
        yield flat
    nested = [key for key, value in content.items() if isinstance(value, Mapping)]
    for key in sorted(
        nested, key=lambda key: AVERAGED_FIRST.index(key) if key in AVERAGED_FIRST else len(AVERAGED_FIRST)
    ):
        yield from _state_dicts(content[key])
