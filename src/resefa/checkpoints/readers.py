"""Which reader knows a file's content, by names and shapes. A new family adds one line, a new format another."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from torch import Tensor

from resefa.checkpoints import biggan, biggan_deep, dcgan, progan, stylegan1, stylegan2, stylegan3
from resefa.checkpoints.formats import (
    basicsr,
    genforce,
    lucidrains,
    mmgeneration,
    modules,
    nvidia_tf,
    pixel2style2pixel,
    rosinality_stylegan1,
    rosinality_stylegan2,
)
from resefa.checkpoints.record import CheckpointRecord, Source
from resefa.errors import ModelError, printable
from resefa.pickles import NVIDIA_NETWORKS, NvidiaModule, Unbuilt

Reader = Callable[[Mapping[str, Tensor], str, Mapping[str, Any] | None], CheckpointRecord]
READERS: tuple[tuple[Callable[[Mapping[str, Tensor]], bool], Reader], ...] = (
    (stylegan3.recognises, stylegan3.stylegan3_record),
    (stylegan1.recognises, stylegan1.stylegan1_record),
    (progan.recognises, progan.progan_record),
    (stylegan2.recognises, stylegan2.stylegan2_record),
    (biggan_deep.recognises, biggan_deep.biggan_deep_record),
    (biggan.recognises, biggan.biggan_record),
    (dcgan.recognises, dcgan.dcgan_record),
)


class Format(Protocol):
    """A module of ``checkpoints.formats``."""

    NAME: str

    def recognises(self, content: Mapping[str, Any]) -> bool: ...

    def record(
        self, content: Mapping[str, Any], name: str, settings: Mapping[str, Any] | None = None
    ) -> CheckpointRecord: ...


FORMATS: tuple[Format, ...] = (
    lucidrains,
    pixel2style2pixel,
    rosinality_stylegan2,
    basicsr,
    rosinality_stylegan1,
    genforce,
    mmgeneration,
)

AVERAGED_FIRST = (
    "G_ema",
    "g_ema",
    "generator_ema",
    "generator_smooth",
    "ema",
    "g_running",
    "Gs",
    "G",
    "generator",
    "state_dict",
)
"""Where a file holds several networks, the running average of the generator is the one that people mean."""
_MOST = 200
"""Mappings looked at."""


@dataclass(frozen=True, eq=False)
class _Part:
    entry: str
    content: Mapping[str, Any]
    settings: Mapping[str, Any] | None = None
    format: str = ""


def record_of(
    content: Any, name: str, settings: Mapping[str, Any] | None = None, entry: str | None = None
) -> CheckpointRecord | None:
    """The record of a loaded file's content, or None where no reader knows it.

    Raises:
        ModelError: a reader knows it, and a tensor is missing or left over.
    """
    part = None
    try:
        if (network := _tensorflow_network(content)) is not None:
            return nvidia_tf.record(nvidia_tf.flattened(network), name)
        parts = [part for part in _parts(content) if entry is None or part.entry == entry]
        for part in parts:
            for known in FORMATS:
                if known.recognises(part.content):
                    return known.record(part.content, name, _with(part.settings, settings))
        for part in parts:
            tensors = {k.removeprefix("module."): v for k, v in part.content.items() if isinstance(v, Tensor)}
            for recognises, reader in READERS:
                if tensors and recognises(tensors):
                    record = reader(tensors, name, _with(part.settings, settings))
                    source = Source(part.format or "state dict", part.entry, notes=record.source.notes)
                    return replace(record, source=source)
    # Readers check what they take; what a hostile or damaged file makes of the rest ends here.
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RuntimeError) as error:
        entry = printable(part.entry) if part and part.entry else "its content"
        reason = printable(error or type(error).__name__)
        raise ModelError(
            f"{name}: {entry} holds tensors or settings that fit no network ({reason}): get it anew."
        ) from error
    return None


def _with(found: Mapping[str, Any] | None, settings: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Settings of the file, and those from outside, which win."""
    return {**found, **settings} if found and settings else settings or found


def _tensorflow_network(content: Any) -> Unbuilt | None:
    """Of NVIDIA's pickles ``(G, D, Gs)``, or one network alone: the averaged generator, else the generator."""
    found = [
        value
        for value in (content if isinstance(content, (tuple, list)) else (content,))
        if isinstance(value, Unbuilt) and value.type_name in NVIDIA_NETWORKS and isinstance(value.state, Mapping)
    ]
    # Never str() of what a file holds: tuples within tuples, each twice, are written out for ever.
    names = [name if isinstance(name := value.state.get("name"), str) else "" for value in found]
    for wanted in ("Gs", "G"):
        if wanted in names:
            return found[names.index(wanted)]
    # Names can be anything: of three networks the last is the average.
    return found[-1] if len(found) in (1, 3) else None


def _parts(content: Any) -> Iterator[_Part]:
    """Mappings with names in a file's content: itself, then what it holds, averaged generators first; modules as state dicts."""
    waiting = deque([("", content)])
    seen: set[int] = set()
    while waiting and len(seen) < _MOST:
        entry, value = waiting.popleft()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if modules.attributes(value) is not None:
            kind = "NVIDIA PyTorch pickle" if isinstance(value, NvidiaModule) else "pickled torch module"
            yield _Part(entry, modules.state_dict(value), modules.settings_of(value), kind)
        elif isinstance(value, Mapping):
            named = {key: item for key, item in value.items() if isinstance(key, str)}
            yield _Part(entry, named)
            nested = [key for key, item in named.items() if not isinstance(item, (Tensor, str, int, float))]
            # Long names in long names would take their product of memory.
            nested = sorted(nested, key=_rank)[:_MOST]
            waiting += [(f"{entry}.{key[:80]}".lstrip(".")[-400:], named[key]) for key in nested]


def _rank(key: str) -> int:
    return AVERAGED_FIRST.index(key) if key in AVERAGED_FIRST else len(AVERAGED_FIRST)
