"""What a pickle says, as data: the stand-ins for everything that a real unpickler would import or call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

LOAD_FROM_BYTES = "torch.storage._load_from_bytes"
"""A storage whose only argument is a torch file of its own; calling it would run that file's pickles."""


# None of these shows its content: what is shared within shared parts would be written out again and again, for ever.


@dataclass(frozen=True, eq=False)
class Global:
    """A name that the pickle refers to, ``module.name``. It is never imported."""

    name: str
    offset: int
    """Where in the file it is named, in bytes."""


@dataclass(eq=False, repr=False)
class Call:
    """A call or construction that the pickle asks for. It is never made; builders read what they know.

    Attributes:
        function: what would be called.
        args: its arguments, a tuple in a sound pickle.
        state: what ``BUILD`` would set on the result, or None.
        items, appended: what would be put in the result as a mapping, or appended to it.
    """

    function: Any
    args: Any
    offset: int
    state: Any = None
    items: list[tuple[Any, Any]] = field(default_factory=list)
    appended: list[Any] = field(default_factory=list)


@dataclass(frozen=True, eq=False, repr=False)
class Persistent:
    """A reference to something beside the pickle: in torch's files, a storage."""

    pid: Any
    offset: int = 0


@dataclass(frozen=True, eq=False, repr=False)
class Unbuilt:
    """An object of a class that nobody here needs: its class's name and what it was made of, as data.

    Attributes:
        type_name: ``module.Class``.
        args, state: constructor arguments and attributes.
    """

    type_name: str
    args: tuple[Any, ...]
    state: Any


@dataclass(frozen=True, eq=False, repr=False)
class NvidiaModule:
    """An object of NVIDIA's ``torch_utils.persistence``: class name and attributes. Its source in the file is dropped unread."""

    class_name: str
    state: dict[str, Any]
