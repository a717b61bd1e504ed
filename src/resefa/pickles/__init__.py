"""Pickles and torch files of strangers, read as data: no import, no call, bounded memory and time."""

from resefa.pickles.builders import NVIDIA_NETWORKS
from resefa.pickles.objects import NvidiaModule, Unbuilt
from resefa.pickles.tree import Named, named_globals, read_tree

__all__ = ["NVIDIA_NETWORKS", "Named", "NvidiaModule", "Unbuilt", "named_globals", "read_tree"]
