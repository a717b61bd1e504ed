"""Untrusted pickles and torch files read as inert data: no import, no call, bounded memory and time."""

from resefa.pickles.names import NVIDIA_NETWORK
from resefa.pickles.objects import NvidiaModule, Unbuilt
from resefa.pickles.tree import named_globals, read_tree
from resefa.pickles.unknown import Named, UnknownGlobalsError, shown, to_allow

__all__ = [
    "NVIDIA_NETWORK",
    "Named",
    "NvidiaModule",
    "Unbuilt",
    "UnknownGlobalsError",
    "named_globals",
    "read_tree",
    "shown",
    "to_allow",
]
