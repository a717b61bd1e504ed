"""Detection of the family and format of a checkpoint by the names and shapes of its tensors.

A new family adds a line to ``FAMILIES``, a new format a line to ``FORMATS``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from torch import Tensor

from resefa.checkpoints.entries.average_layouts import completed
from resefa.checkpoints.entries.choice import choose
from resefa.checkpoints.entries.find import Network, find
from resefa.checkpoints.entries.names import OTHER, rank
from resefa.checkpoints.families import biggan, biggan_deep, dcgan, progan, stylegan1, stylegan2, stylegan3
from resefa.checkpoints.formats import (
    basicsr,
    genforce,
    lucidrains,
    mmgeneration,
    nvidia_tf,
    pixel2style2pixel,
    rosinality_stylegan1,
    rosinality_stylegan2,
)
from resefa.checkpoints.formats.modules import chain_settings
from resefa.checkpoints.formats.stated import check_module
from resefa.checkpoints.record import CheckpointRecord, Source
from resefa.checkpoints.unsupported import NotBuiltError, named_by_tensors
from resefa.errors import ModelError, printable
from resefa.pickles import NVIDIA_NETWORK, Unbuilt

Reader = Callable[[Mapping[str, Tensor], str, Mapping[str, Any] | None], CheckpointRecord]
FAMILIES: tuple[tuple[Callable[[Mapping[str, Tensor]], bool], Reader], ...] = (
    (stylegan3.recognises, stylegan3.stylegan3_record),
    (stylegan1.recognises, stylegan1.stylegan1_record),
    (progan.recognises, progan.progan_record),
    (stylegan2.recognises, stylegan2.stylegan2_record),
    (biggan_deep.recognises, biggan_deep.biggan_deep_record),
    (biggan.recognises, biggan.biggan_record),
    (dcgan.recognises, dcgan.dcgan_record),
)


class Format(Protocol):
    """Interface that every module in ``checkpoints.formats`` implements."""

    @property
    def NAME(self) -> str: ...

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

_MOST_TOLD = 20
"""Most other networks of a file that a record lists."""


def record_of(
    content: Any, name: str, settings: Mapping[str, Any] | None = None, entry: str | None = None
) -> CheckpointRecord | None:
    """Record of the generator in a loaded file's content, or None if no reader recognises a generator.

    Args:
        settings: settings that tensors do not reveal, from the file's metadata or the user.
        entry: name of the network to take from several; default the averaged generator.

    Raises:
        ModelError: a tensor is missing or unexpected, or several generators are equally plausible.
    """
    chosen = None
    try:
        if (network := _tensorflow_network(content, name, entry)) is not None:
            record = nvidia_tf.record(nvidia_tf.flattened(network), name)
            others = tuple(
                each for each in _tensorflow_names(content) if each != record.source.entry and rank((each,)) != OTHER
            )
            return replace(record, source=replace(record.source, others=others[:_MOST_TOLD]))
        networks = completed(find(content, _known))
        if not networks:
            return None
        chosen = choose(networks, name, entry)
        if what := _not_built(chosen):
            raise NotBuiltError(
                f"{name}{f', {printable(chosen.entry)},' if chosen.entry else ''} is {what}, which resefa does not support: "
                "docs/reference/checkpoints.md lists the supported networks; in Python, resefa.wrap takes any generator that is a torch module."
            )
        record = _read(chosen, name, settings)
        others = tuple(each.entry for each in networks if each is not chosen and each.entry != chosen.entry)[
            :_MOST_TOLD
        ]
        inner = f"{chosen.entry}.{record.source.entry}" if chosen.entry else record.source.entry
        source = replace(
            record.source,
            entry=inner if record.source.entry else chosen.entry,
            notes=(*record.source.notes, *chosen.notes),
            others=others,
        )
        return replace(record, source=source)
    # Readers check the tensors they use; other failures by a hostile or damaged file become one message here.
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RuntimeError) as error:
        place = printable(chosen.entry) if chosen and chosen.entry else "its content"
        reason = printable(error or type(error).__name__)
        raise ModelError(
            f"{name}: {place} holds tensors or settings that do not fit any supported network ({reason}): download it again."
        ) from error


def _known(network: Network) -> bool:
    content = _content(network)
    if any(known.recognises(content) for known in FORMATS) or _not_built(network):
        return True
    return bool(network.tensors) and any(recognises(network.tensors) for recognises, _ in FAMILIES)


def _not_built(network: Network) -> str:
    return named_by_tensors(network.tensors)


def _content(network: Network) -> dict[str, Any]:
    """Input of a format: the tensors of a network, and the plain values around them in the file."""
    return {**network.beside, **network.tensors}


def _read(network: Network, name: str, settings: Mapping[str, Any] | None) -> CheckpointRecord:
    content, stated, settings = _content(network), settings, _with(network.settings, settings)
    for known in FORMATS:
        if known.recognises(content):
            return known.record(content, name, settings)
    for recognises, reader in FAMILIES:
        if recognises(network.tensors):
            if reader is dcgan.dcgan_record and network.module is not None:
                settings = _with(chain_settings(network.module, name), stated)
            record = reader(network.tensors, name, settings)
            # Settings stated by the user override the module's attributes.
            notes = () if stated or network.module is None else check_module(network.module, record, name)
            return replace(record, source=Source(network.format or "state dict", notes=(*record.source.notes, *notes)))
    raise LookupError("no reader recognises it")


def _with(found: Mapping[str, Any] | None, settings: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The settings in the file, overridden by the caller's settings."""
    return {**found, **settings} if found and settings else settings or found


def _tensorflow_network(content: Any, name: str, entry: str | None) -> Unbuilt | None:
    """The averaged generator (else the generator) in a TensorFlow pickle by NVIDIA: ``(G, D, Gs)`` or a single network."""
    found, names = _tensorflow_networks(content), _tensorflow_names(content)
    for wanted in ("Gs", "G") if entry is None else (entry,):
        if wanted in names:
            return found[names.index(wanted)]
    if found and entry is not None:
        raise ModelError(
            f"{name} has no network named {printable(entry)}; choose one of {', '.join(printable(each, 40) for each in names[:8])}."
        )
    # Names may be arbitrary: of three networks the last is the average.
    return found[-1] if len(found) in (1, 3) else None


def _tensorflow_networks(content: Any) -> list[Unbuilt]:
    return [
        value
        for value in (content if isinstance(content, (tuple, list)) else (content,))
        if isinstance(value, Unbuilt) and NVIDIA_NETWORK.fullmatch(value.type_name) and isinstance(value.state, Mapping)
    ]


def _tensorflow_names(content: Any) -> list[str]:
    # Never str() of a file's content: the text of nested shared tuples is exponentially long.
    names = [value.state.get("name") for value in _tensorflow_networks(content)]
    return [name if isinstance(name, str) else "" for name in names]
