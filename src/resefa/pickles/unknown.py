"""Globals of a file that are not known to stand for plain data: which they are, all at once, and the refusal that names them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from resefa.errors import WeightsError, printable
from resefa.pickles.builders import known, remark
from resefa.pickles.machine import Machine
from resefa.pickles.names import REFERRING

_SHOWN = 8
"""Names that a sentence holds."""


@dataclass(frozen=True)
class Named:
    """A global that a file names.

    Attributes:
        offset: the byte where it first does.
        harmless: whether it is known to stand for plain data, or for what is read as data here.
        remark: what else there is to say of it, or "".
    """

    name: str
    offset: int
    harmless: bool
    remark: str = ""


class UnknownGlobalsError(WeightsError):
    """A file names classes of its own code: harmless as data, and refused until they are allowed.

    Attributes:
        names: all of them, in the order of the file.
    """

    def __init__(self, message: str, names: Collection[str]) -> None:
        super().__init__(message)
        self.names = tuple(names)


def allowed(name: str, allow: Collection[str]) -> bool:
    """Whether a name is in ``allow``, or within a package of it: ``"training.*"`` allows ``training.networks.Generator``.

    A package does not allow names that run code in other readers; those must be written out.
    """
    within = (each.removesuffix("*") for each in allow if each.endswith(".*"))
    return name in allow or (not remark(name) and any(name.startswith(package) for package in within))


def named(machine: Machine) -> list[Named]:
    """Every global of one pickle, in order."""
    found = []
    for each in machine.globals:
        if each.name in REFERRING and _only_refers(machine):
            found.append(Named(each.name, each.offset, True, "refers to a class or function; read as data here"))
        else:
            found.append(Named(each.name, each.offset, known(each.name), remark(each.name)))
    return found


def _only_refers(machine: Machine) -> bool:
    """Whether every ``getattr`` and ``functools.partial`` of the pickle is called at once on a class, its object or a function, which
    is known or will be refused by its own name. Calls of what they give are damage."""
    return 0 < machine.referring == len(machine.references) and not any(
        remark(name) or name in REFERRING for name in machine.references
    )


def refuse_unknown(machine: Machine, every: Iterable[Named], allow: Collection[str]) -> None:
    """Raises WeightsError where a name is neither known nor allowed."""
    unknown = {each.name: each for each in every if not each.harmless and not allowed(each.name, allow)}
    for found in unknown.values():
        if found.remark:
            raise WeightsError(
                f"{machine.name} was not opened: at byte {found.offset} it names {printable(found.name)}, which runs code in "
                "other readers (nothing was run here): do not trust this file."
            )
    if unknown:
        first = next(iter(unknown.values()))
        raise UnknownGlobalsError(
            f"{machine.name} was not opened: at byte {first.offset} it names {printable(first.name)}"
            f"{_others(list(unknown)[1:])}, which weights do not need (nothing was run): look at it with resefa inspect.",
            unknown,
        )


def _others(names: list[str]) -> str:
    if not names:
        return ""
    if len(names) > 3:
        return f" and {len(names)} names more"
    return f" and {', '.join(printable(name, 60) for name in names)}"


def shown(names: Collection[str]) -> str:
    """Names for a sentence, those of a module together: ``pg_modules.{Generator, SEBlock}``."""
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
    """The shortest list that allows all of these: the names where they are few, else their packages."""
    if len(names) <= 3:
        return list(names)
    packages = {name.split(".", 1)[0]: None for name in names if "." in name}
    return [f"{package}.*" for package in packages]
