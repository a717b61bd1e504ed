"""The methods of discovery by name. A new method adds a line to ``METHODS``; its module loads on first use."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from resefa.errors import UsageError, did_you_mean, parameter, printable

if TYPE_CHECKING:
    from resefa.methods.protocol import Method


class Entry(NamedTuple):
    """A method's entry in the registry.

    Attributes:
        module, kind: where the method's class is.
        about: one line for people.
        session: options of the session that the method uses, beside ``progress``.
    """

    module: str
    kind: str
    about: str
    session: tuple[str, ...] = ("memory",)


SESSION_OPTIONS = ("memory", "cache", "stored", "announce")
"""Options of the session, which the methods that compute whole Jacobians take (``Session``)."""
METHODS: dict[str, Entry] = {
    "resefa": Entry("resefa", "ReSeFa", "ReSeFa: the most change inside for the least change outside", SESSION_OPTIONS),
    "lowrankgan": Entry(
        "low_rank_gan", "LowRankGAN", "LowRankGAN: robust PCA and a null-space projection", SESSION_OPTIONS
    ),
    "stylespace": Entry("style_space", "StyleSpace", "StyleSpace: single channels of S that act in the region"),
    "sefa": Entry("sefa", "SeFa", "SeFa: eigenvectors of the first layer's or the styles' weights"),
    "ganspace": Entry(
        "ganspace", "GANSpace", "GANSpace: principal components of w or of the first layer's activations"
    ),
    "interfacegan": Entry("inter_face_gan", "InterFaceGAN", "InterFaceGAN: a linear boundary from labels or a scorer"),
    "jacobian-svd": Entry(
        "jacobian_svd", "JacobianSVD", "right-singular vectors of the whole Jacobian", SESSION_OPTIONS
    ),
    "random": Entry("random_directions", "RandomDirections", "directions drawn at random"),
}
DEFAULT = "resefa"
ALIASES = {
    "region-contrast": "resefa",
    "low-rank": "lowrankgan",
    "style-space": "stylespace",
    "inter-face-gan": "interfacegan",
    "whole-jacobian": "jacobian-svd",
}
"""Names of methods in version 0.1, which still work, and the present names."""
_SIMILAR = ALIASES | {
    "low-rank-gan": "lowrankgan",
    "lowrank": "lowrankgan",
    "robust-pca": "lowrankgan",
    "jacobian": "jacobian-svd",
    "local-basis": "jacobian-svd",
    "pca": "ganspace",
    "svm": "interfacegan",
}
"""Other words for a method, for which an error message suggests the name."""
EDIT_OPTIONS = ("space", "layers", "analysis_resolution", "intermediate", "objective", "weighting")
OBJECTIVE_OPTIONS = ("vary", "hold")
"""Options of the edit, which every method takes (``EditSpace``), and those that make its objective (``vary_hold``)."""


def method_name(name: str) -> str:
    """The present name of a method; ``name`` may be a name from version 0.1.

    Raises:
        UsageError: no method has this name.
    """
    found = ALIASES.get(name, name) if isinstance(name, str) else name
    if found not in METHODS:
        raise UsageError(
            f"Unknown method {printable(name)!r}{did_you_mean(name, METHODS, _SIMILAR)} Choose one of {', '.join(METHODS)}."
        )
    return found


def method_class(name: str) -> type[Method]:
    """The class of the method with this name.

    Raises:
        UsageError: no method has this name.
    """
    entry = METHODS[method_name(name)]
    return cast("type[Method]", getattr(importlib.import_module(f"resefa.methods.{entry.module}"), entry.kind))


def method_options(name: str) -> tuple[str, ...]:
    """The names of the method's fields; for ReSeFa ``solver`` and the options of its solvers."""
    names = tuple(each.name for each in fields(cast(Any, method_class(name))))
    return ("solver", "tau", "tolerance", "max_products") if method_name(name) == DEFAULT else names


def options_of(name: str) -> tuple[str, ...]:
    """The names of all options of ``discover(..., method=name)``: those of the edit, the session and the method.

    Raises:
        UsageError: no method has this name.
    """
    return (*EDIT_OPTIONS, *OBJECTIVE_OPTIONS, *METHODS[method_name(name)].session, "progress", *method_options(name))


def check_options(name: str, options: Iterable[str]) -> None:
    """Raise UsageError for an option that the method does not take; the message names the methods that take it.

    Raises:
        UsageError: no method has this name, or it does not take one of the options.
    """
    name, taken = method_name(name), options_of(name)
    for option in options:
        if option in taken:
            continue
        others = [other for other in METHODS if option in options_of(other)]
        if others:
            raise UsageError(
                f"The method {name} has no option {parameter(option)}; omit the option, or choose a method that has it: {', '.join(others)}."
            )
        near = get_close_matches(option, taken, 1)
        hint = f"did you mean {parameter(near[0])}?" if near else f"choose from {', '.join(map(parameter, taken))}."
        raise UsageError(f"The method {name} has no option {parameter(option)}; {hint}")


def method(name: str = DEFAULT, **options: Any) -> Method:
    """The method with this name and these options.

    Raises:
        UsageError: no method has this name, or it does not take an option.
    """
    name = method_name(name)
    own = method_options(name)
    for option in options:
        if option not in own:
            check_options(name, [option])
            raise UsageError(
                f"{option} is an option of resefa.discover, not of the method {name}; pass {option} to discover."
            )
    return _built(name, _given(options))


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options, checked and converted, without those that are None."""
    from resefa.discovery.arguments import checked_options

    return {key: value for key, value in checked_options(dict(options)).items() if value is not None}


def _built(name: str, options: dict[str, Any]) -> Method:
    if name != DEFAULT:
        return cast(Any, method_class(name))(**options)
    from resefa.solvers import solver

    return cast(Any, method_class(name))(solver(options.pop("solver", "auto"), **options))
