"""Search for the networks in a file: every state dict in its mappings, lists and pickled objects.

A state dict that no reader recognises may hold several networks, or one network within wrappers. It is split by the first
parts of its tensors' names until a reader recognises a part, so that wrappers such as ``module._orig_mod.generator.``
need no list.
"""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import numpy as np
import torch
from torch import Tensor

from resefa.checkpoints.entries.names import (
    AVERAGE,
    WRAPPED,
    WRAPPING,
    is_generator,
    is_network,
    is_passed_over,
    rank,
    shown,
)
from resefa.checkpoints.formats import modules
from resefa.pickles import NvidiaModule, Unbuilt

_MOST = 400
"""Most objects of a file that are searched."""
_MOST_WITHIN = 200
_MOST_TENSORS = 10_000
"""Most tensors in one state dict; the largest known one has about 2000."""
_DEEPEST = 12
_COUNTERS = frozenset({
    "n_averaged", "num_updates", "num_averaged", "initted", "inited", "step", "steps", "num_steps", "updates",
    "iteration", "iter", "epoch", "decay", "num_batches_tracked",
})  # fmt: skip
"""Counters of weight averages, with names without a dot."""
_BESIDE = frozenset({"meta", "running_metadata"})
_LATENT = "latent_avg"


@dataclass(frozen=True, eq=False)
class Network:
    """One state dict of a file.

    Attributes:
        path: names of the entries that lead to it.
        tensors: tensors by name.
        beside: plain values next to it in the file, and ``latent_avg``.
        module: the pickled module, if the state dict comes from one.
        settings: settings of a pickled module that its tensors do not reveal.
        format: kind of the pickled module.
        notes: remarks for the user.
    """

    path: tuple[str, ...]
    tensors: Mapping[str, Tensor]
    beside: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] | None = None
    format: str = ""
    notes: tuple[str, ...] = ()
    module: Any = None

    @property
    def entry(self) -> str:
        return shown(self.path)

    @property
    def rank(self) -> int:
        return rank(self.path)


@dataclass(frozen=True, eq=False)
class Values:
    """Tensors without names, for example ``shadow_params`` of an average."""

    path: tuple[str, ...]
    tensors: tuple[Tensor, ...]


@dataclass
class Found:
    """Networks, fragments and unnamed tensors that the search found in a file.

    Attributes:
        networks: state dicts that a reader recognises.
        fragments: other state dicts.
        values: tensors without names.
    """

    networks: list[Network] = field(default_factory=list)
    fragments: list[Network] = field(default_factory=list)
    values: list[Values] = field(default_factory=list)


def find(content: Any, known: Callable[[Network], bool]) -> Found:
    """Networks in the content of a file.

    Args:
        known: function that says whether a reader recognises a state dict.
    """
    found = Found()
    waiting: deque[tuple[tuple[str, ...], Any, dict[str, Any]]] = deque([((), content, {})])
    seen: set[int] = set()
    looked = 0
    while waiting and looked < _MOST:
        path, value, beside = waiting.popleft()
        looked += 1
        if id(value) in seen or len(path) > _DEEPEST:
            continue
        seen.add(id(value))
        inner: list[tuple[str, Any]] = []
        if modules.attributes(value) is not None:
            kind = "NVIDIA PyTorch pickle" if isinstance(value, NvidiaModule) else "pickled torch module"
            network = Network(path, modules.state_dict(value), beside, modules.settings_of(value), kind, module=value)
            if not _sort(network, known, found):
                inner = modules.children(value)
        elif isinstance(value, Mapping):
            named = {key: item for key, item in value.items() if isinstance(key, str)}
            tensors = {key: _tensor(item) for key, item in named.items() if _is_numbers(item)}
            beside = beside | {key: item for key, item in named.items() if _goes_along(key, item)}
            if tensors:
                _sort(Network(path, tensors, beside), known, found)
            inner = [(key, item) for key, item in named.items() if not isinstance(item, Tensor)]
        elif isinstance(value, (list, tuple)):
            if value and all(isinstance(item, Tensor) for item in value):
                found.values.append(Values(path, tuple(value)))
            else:
                inner = [(f"[{i}]", item) for i, item in enumerate(value[:_MOST_WITHIN])]
        elif isinstance(value, Unbuilt):
            state = value.state if isinstance(value.state, Mapping) else {}
            inner = [(key, item) for key, item in state.items() if isinstance(key, str)]
            # A compiled module is pickled as a call with the module as argument.
            inner += [(WRAPPED, item) for item in value.args[:_MOST_WITHIN]]
        inner = [(key, item) for key, item in inner if _may_hold(item) and not is_passed_over(key)]
        # Nested long names could exhaust memory.
        inner.sort(key=lambda each: rank((each[0],)))
        waiting += [((*path, key[:80]), item, beside) for key, item in inner[:_MOST_WITHIN]]
    if not found.networks and isinstance(content, Mapping):
        # One network as mappings of its parts: {"mapping": {...}, "synthesis": {...}}.
        met = count(1)
        nested = dict(_flattened(content, "", 0, met))
        if next(met) <= _MOST_TENSORS and any("." in key for key in nested):
            _sort(Network((), nested), known, found)
    return found


def _flattened(content: Mapping[Any, Any], prefix: str, depth: int, met: Iterator[int]) -> Iterator[tuple[str, Tensor]]:
    """Tensors of nested mappings by joined names; their number is limited, since a mapping may contain shared mappings many times."""
    for key, item in content.items() if depth < 6 and len(prefix) < 400 else ():
        if next(met) > _MOST_TENSORS:
            return
        if isinstance(key, str) and _is_numbers(item):
            yield prefix + key, _tensor(item)
        elif isinstance(key, str) and isinstance(item, Mapping) and not is_passed_over(key):
            yield from _flattened(item, f"{prefix}{key}.", depth + 1, met)


def _is_numbers(item: Any) -> bool:
    return isinstance(item, Tensor) or (
        isinstance(item, np.ndarray) and item.dtype.kind in "fib" and item.dtype.itemsize <= 8
    )


def _tensor(item: Tensor | np.ndarray) -> Tensor:
    """The value as a tensor; some code saves NumPy arrays instead of tensors."""
    if isinstance(item, Tensor):
        return item
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "not writable": nobody writes
        return torch.from_numpy(np.asarray(item.astype(item.dtype.newbyteorder("="), copy=False), order="C"))


def _goes_along(key: str, item: Any) -> bool:
    return isinstance(item, (str, int, float)) or key in _BESIDE or (key == _LATENT and isinstance(item, Tensor))


def _may_hold(item: Any) -> bool:
    return isinstance(item, (Mapping, list, tuple, Unbuilt, NvidiaModule))


def _sort(network: Network, known: Callable[[Network], bool], found: Found) -> bool:
    """Sort a state dict, or its parts, into networks and fragments; returns whether a reader recognises any."""
    if len(network.tensors) > _MOST_TENSORS:
        return False
    parts = list(_split(network, known, 0))
    found.networks += parts
    inner = [part.path for part in parts]
    found.fragments += [
        piece
        for piece in _pieces(network, 0)
        if not any(path[: len(piece.path)] == piece.path[: len(path)] for path in inner)
    ]
    return bool(parts)


def _split(network: Network, known: Callable[[Network], bool], depth: int) -> Iterator[Network]:
    network = without_counters(network)
    if depth == 0 and network.tensors and not any("." in key for key in network.tensors):
        # Names with slashes, "synthesis/b4/const".
        network = replace(network, tensors={key.replace("/", "."): value for key, value in network.tensors.items()})
    groups = _groups(network)
    # Several networks, one of them an average or a second generator: not one network of all their tensors.
    several = [name for name in groups if is_network(name)] if depth < _DEEPEST else []
    generators = [name for name in several if is_generator(name)]
    if len(several) > 1 and generators:
        parts = [part for name in several for part in _split(_part(network, name, groups[name]), known, depth + 1)]
        if len(parts) > 1 or (parts and any(rank((name,)) == AVERAGE for name in generators)):
            yield from parts
            return
    for form in (without_wrapping(network), network):
        if known(form):
            yield form
            return
    if depth < _DEEPEST:
        for name in _chosen(groups):
            yield from _split(_part(network, name, groups[name]), known, depth + 1)


def _pieces(network: Network, depth: int) -> Iterator[Network]:
    """An unrecognised state dict and its parts, one of which may be an average of parameters only."""
    yield without_wrapping(without_counters(network))
    groups = _groups(network)
    for name in _chosen(groups) if depth < 3 else ():
        yield from _pieces(_part(network, name, groups[name]), depth + 1)


def _groups(network: Network) -> dict[str, dict[str, Tensor]]:
    """Tensors grouped by the first part of their names."""
    groups: dict[str, dict[str, Tensor]] = {}
    for key, value in network.tensors.items():
        first, point, rest = key.partition(".")
        if point:
            groups.setdefault(first, {})[rest] = value
    return groups


def _chosen(groups: Mapping[str, Any]) -> list[str]:
    """Groups whose names allow a generator; a single group is a wrapper, so its name does not matter."""
    if len(groups) == 1:
        return list(groups)
    return sorted((name for name in groups if is_network(name)), key=lambda name: rank((name,)))[:_DEEPEST]


def _part(network: Network, name: str, tensors: Mapping[str, Tensor]) -> Network:
    module = dict(modules.children(network.module)).get(name) if network.module is not None else None
    settings = network.settings if module is None else modules.settings_of(module)
    return replace(network, path=(*network.path, name[:80]), tensors=tensors, module=module, settings=settings)


def without_counters(network: Network) -> Network:
    """Tensors without the update counters of a running average."""
    counters = {key for key in _COUNTERS & network.tensors.keys() if network.tensors[key].numel() <= 1}
    if not counters:
        return network
    return replace(network, tensors={key: value for key, value in network.tensors.items() if key not in counters})


def without_wrapping(network: Network) -> Network:
    """Tensors with the names of wrappers removed, if the remaining names are distinct."""
    if not any(part in key for key in network.tensors for part in ("module", "_orig_mod")):
        return network
    renamed = {
        ".".join(part for part in key.split(".") if part not in WRAPPING): value
        for key, value in network.tensors.items()
    }
    return replace(network, tensors=renamed) if len(renamed) == len(network.tensors) and "" not in renamed else network
