"""Running averages that contain parameters only, completed with the buffers of the averaged network.

Training code stores averages in several forms: a copy of the network; a mapping of its parameters (``shadow``) without
batch-norm statistics and noise images; a mapping whose names have no dots; a list in the order of the parameters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from torch import Tensor

from resefa.checkpoints.entries.find import Found, Network
from resefa.checkpoints.entries.names import AVERAGE, rank, shown

_BUFFERS = re.compile(
    r"(running_(mean|var)s?|stored_(mean|var)|num_batches_tracked|.*avg|.*_const|noise(s|_?\d+)?|.*filter|kernel|freqs|phases|transform"
    r"|magnitude_ema|u0?|v0?|sv0|weight_[uv]|f)"
)
"""Last parts of the names of buffers."""


def completed(found: Found) -> list[Network]:
    """Networks of a file, including the averages that were completed from other networks."""
    whole = [network for network in found.networks if network.rank != AVERAGE]
    averaged = [network for network in found.networks if network.rank == AVERAGE]
    pieces = [network for network in found.fragments if network.rank == AVERAGE]
    # An average may contain the network in training: {"ema": {"model": ..., "shadow": ...}}.
    others = [*whole, *averaged]
    done = [_completed(network, others) or network for network in averaged]
    done += [made for network in pieces if (made := _completed(network, others)) is not None]
    done += [made for values in found.values if (made := _in_order(values.path, values.tensors, others)) is not None]
    if done:
        return done + whole
    unread = {network.path[:1]: network.entry for network in pieces if len(network.tensors) > 1}
    unread |= {values.path[:1]: shown(values.path) for values in found.values if rank(values.path) == AVERAGE}
    notes = tuple(
        f"{entry} was ignored: its tensors do not belong to a generator in this file"
        for entry in list(unread.values())[:3]
    )
    return [replace(network, notes=(*network.notes, *notes)) for network in whole]


def _completed(average: Network, whole: list[Network]) -> Network | None:
    for network in whole:
        tensors = average.tensors
        if not tensors.keys() <= network.tensors.keys():
            # Names of buffers may not contain dots, so some code for averages removes the dots.
            names = {key.replace(".", ""): key for key in network.tensors}
            if len(names) < len(network.tensors) or not tensors.keys() <= names.keys():
                continue
            tensors = {names[key]: value for key, value in tensors.items()}
        rest = network.tensors.keys() - tensors.keys()
        fits = all(value.shape == network.tensors[key].shape for key, value in tensors.items())
        if fits and all(_is_buffer(key) for key in rest) and (rest or tensors is not average.tensors):
            return _joined(average.path, network, tensors)
    return None


def _in_order(path: tuple[str, ...], tensors: tuple[Tensor, ...], whole: list[Network]) -> Network | None:
    average = Network(path, {})
    for network in whole if average.rank == AVERAGE else ():
        names = [key for key in network.tensors if not _is_buffer(key)]
        if [network.tensors[key].shape for key in names] == [value.shape for value in tensors]:
            return _joined(path, network, dict(zip(names, tensors, strict=True)))
    return None


def _is_buffer(key: str) -> bool:
    return _BUFFERS.fullmatch(key.rpartition(".")[2]) is not None


def _joined(path: tuple[str, ...], network: Network, tensors: Mapping[str, Tensor]) -> Network:
    entry = network.entry or "the whole file"
    notes = (
        (f"the average contains parameters only; the buffers are those of {entry}",)
        if len(tensors) < len(network.tensors)
        else ()
    )
    return replace(network, path=path, tensors={**network.tensors, **tensors}, notes=notes)
