"""Unknown globals of a file: those that do not stand for plain data, and the error that lists all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from resefa.errors import WeightsError, printable
from resefa.pickles.builders import known, remark
from resefa.pickles.machine import Machine
from resefa.pickles.names import REFERRING

_SHOWN = 8
"""Most names in one message."""


@dataclass(frozen=True)
class Named:
    """A global that a file names, with its position.

    Attributes:
        offset: position of its first occurrence, in bytes.
        harmless: whether it stands for plain data, or its objects are read as data.
        remark: remark for the user, or "".
    """

    name: str
    offset: int
    harmless: bool
    remark: str = ""


class UnknownGlobalsError(WeightsError):
    """A file names classes of other code, which are harmless as data but refused until allowed.

    Attributes:
        names: names of all of them, in the order of the file.
    """

    def __init__(self, message: str, names: Collection[str]) -> None:
        super().__init__(message)
        self.names = tuple(names)


def allowed(name: str, allow: Collection[str]) -> bool:
    """Whether a name, or the package that contains it, is in ``allow``: ``"training.*"`` allows ``training.networks.Generator``.

    A package does not allow names that run code in other readers; those must be given in full.
    """
    within = (each.removesuffix("*") for each in allow if each.endswith(".*"))
    return name in allow or (not remark(name) and any(name.startswith(package) for package in within))


def named(machine: Machine) -> list[Named]:
    """Globals of one pickle, in order."""
    found = []
    for each in machine.globals:
        if each.name in REFERRING and _only_refers(machine):
            found.append(Named(each.name, each.offset, True, "refers to a class or function; read as data here"))
        else:
            found.append(Named(each.name, each.offset, known(each.name), remark(each.name)))
    return found


def _only_refers(machine: Machine) -> bool:
    """Whether every ``getattr`` and ``functools.partial`` is called directly on a class, its object or a function.

    That class or function is known, or refused by its name. Calls of the results count as damage.
    """
    return 0 < machine.referring == len(machine.references) and not any(
        remark(name) or name in REFERRING for name in machine.references
    )


def refuse_unknown(machine: Machine, every: Iterable[Named], allow: Collection[str]) -> None:
    """Raise WeightsError if a name is neither known nor allowed."""
    unknown = {each.name: each for each in every if not each.harmless and not allowed(each.name, allow)}
    for found in unknown.values():
        if found.remark:
            raise WeightsError(
                f"{machine.name} was not opened: at byte {found.offset} it names {printable(found.name)}, which would run code in an ordinary unpickler (resefa ran no code): do not trust this file."
            )
    if unknown:
        first = next(iter(unknown.values()))
        raise UnknownGlobalsError(
            f"{machine.name} was not opened: at byte {first.offset} it names {printable(first.name)}"
            f"{_others(list(unknown)[1:])}, which files of weights do not need (no code was run): look at the file with resefa inspect.",
            unknown,
        )


def _others(names: list[str]) -> str:
    if not names:
        return ""
    if len(names) > 3:
        return f" and {len(names)} other names"
    return f" and {', '.join(printable(name, 60) for name in names)}"


def shown(names: Collection[str]) -> str:
    """Names for a message, grouped by module: ``pg_modules.{Generator, SEBlock}``."""
    modules: dict[str, list[str]] = {}
    for name in list(names)[:_SHOWN]:
        module, _, last = name.rpartition(".")
        modules.setdefault(module, []).append(printable(last, 40))
    parts = [
        f"{printable(module, 80)}.{lasts[0] if len(lasts) == 1 else '{' + ', '.join(lasts) + '}'}"
        for module, lasts in modules.items()
    ]
    return ", ".join(parts) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def to_allow(names: Collection[str]) -> list[str]:
    """Short value of ``allow`` that allows all names: the names themselves if few, else their packages."""
    if len(names) <= 3:
        return list(names)
    packages = {name.split(".", 1)[0]: None for name in names if "." in name}
    return [f"{package}.*" for package in packages]
