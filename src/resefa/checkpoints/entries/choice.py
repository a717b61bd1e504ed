"""Choice among the networks of a file: the averaged generator, or the entry that the user names."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

import torch

from resefa.checkpoints.entries.find import Network
from resefa.checkpoints.entries.names import rank, shown
from resefa.errors import ModelError, parameter, printable

_MOST_TOLD = 6
WHOLE = "the whole file"


def choose(networks: Sequence[Network], name: str, entry: str | None = None) -> Network:
    """The generator of a file, or the network of the given entry.

    Args:
        networks: at least one.
        entry: name of the network, or a distinguishing part of its name.

    Raises:
        ModelError: no network has that name, or several generators are equally plausible.
    """
    named = [network for network in networks if entry is None or _answers_to(network, entry)]
    if not named:
        raise ModelError(
            f"{name} has no generator with the entry name {printable(entry)}; choose one of {_listed(networks)}."
        )
    exact = [network for network in named if network.entry == entry]
    likely = exact or _best(_best(named, 0), _shared(_best(named, 0)))
    first, *rest = likely
    different = [network for network in rest if not _same(network, first)]
    if not different:
        return first
    # NVIDIA's code writes the tuple (G, D, Gs).
    places = [network.path for network in likely]
    if entry is None and places == [("[0]",), ("[2]",)]:
        return likely[1]
    choice = printable(different[0].entry or first.entry, 80)
    raise ModelError(
        f"{name} holds {len(different) + 1} different generators that are equally plausible: "
        f"{_listed([first, *different])}. Choose one, for example with {parameter('entry', choice)}."
    )


def _best(networks: Sequence[Network], shared: int) -> list[Network]:
    """Networks with the best rank; their names are ranked without the first ``shared`` parts."""
    best = min(rank(network.path[shared:]) for network in networks)
    return [network for network in networks if rank(network.path[shared:]) == best]


def _shared(networks: Sequence[Network]) -> int:
    """Number of leading names that all paths share."""
    columns = zip(*(network.path for network in networks), strict=False)
    return sum(1 for _ in takewhile(lambda names: len(set(names)) == 1, columns))


def _answers_to(network: Network, entry: str) -> bool:
    """Whether ``entry`` is the network's name, or the beginning or end of its path."""
    wanted = f".{entry}."
    return any(
        wanted in f".{text}."
        for text in (network.entry, ".".join(network.path), shown(network.path).replace("[", ".["))
    )


def _same(a: Network, b: Network) -> bool:
    return a.tensors.keys() == b.tensors.keys() and all(
        value is b.tensors[key]
        or (
            value.shape == b.tensors[key].shape
            and value.dtype == b.tensors[key].dtype
            and torch.equal(value, b.tensors[key])
        )
        for key, value in a.tensors.items()
    )


def _listed(networks: Sequence[Network]) -> str:
    names = list(dict.fromkeys(printable(network.entry or WHOLE, 60) for network in networks))
    more = len(names) - _MOST_TOLD
    names = names[:_MOST_TOLD] + ([f"{more} more"] if more > 0 else [])
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
