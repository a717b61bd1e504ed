"""Stand-ins for the names that a real unpickler would import and for the calls that it would make."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

LOAD_FROM_BYTES = "torch.storage._load_from_bytes"
"""Function whose argument is an embedded torch file; calling it would run that file's pickles."""


# None of these has a repr with its content: nested shared parts would be repeated without end.


@dataclass(frozen=True, eq=False)
class Global:
    """A name in a pickle, ``module.name``, which is never imported."""

    name: str
    offset: int
    """Position in the file, in bytes."""


@dataclass(eq=False, repr=False)
class Call:
    """Call or construction in a pickle, which is never made; builders read the known ones.

    Attributes:
        function: the function or class.
        args: its arguments, a tuple in a valid pickle.
        state: state that ``BUILD`` would set on the result, or None.
        items, appended: items that would be set on the result, or elements appended to it.
    """

    function: Any
    args: Any
    offset: int
    state: Any = None
    items: list[tuple[Any, Any]] = field(default_factory=list)
    appended: list[Any] = field(default_factory=list)


@dataclass(frozen=True, eq=False, repr=False)
class Persistent:
    """Reference to data outside the pickle: in torch files, a storage."""

    pid: Any
    offset: int = 0


@dataclass(frozen=True, eq=False, repr=False)
class Unbuilt:
    """Stand-in for an object of another class: its class name and its contents as data.

    Attributes:
        type_name: ``module.Class``.
        args, state: constructor arguments and attributes.
    """

    type_name: str
    args: tuple[Any, ...]
    state: Any


@dataclass(frozen=True, eq=False, repr=False)
class NvidiaModule:
    """Object of NVIDIA's ``torch_utils.persistence``: class name and attributes. The source code in the file is ignored."""

    class_name: str
    state: dict[str, Any]
