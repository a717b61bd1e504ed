"""The methods of discovery by name. Each loads on first use."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from dataclasses import fields
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

from resefa.errors import UsageError, did_you_mean, printable

if TYPE_CHECKING:
    from resefa.methods.method import Finder


class Entry(NamedTuple):
    """``place``: module and class; ``about``: one line."""

    place: str
    about: str


FINDERS: dict[str, Entry] = {
    "region-contrast": Entry(
        "resefa.methods.resefa:RegionContrast", "ReSeFa: most change inside for the least outside"
    ),
    "low-rank": Entry("resefa.methods.low_rank_gan:LowRank", "LowRankGAN: robust PCA and a null-space projection"),
    "style-space": Entry(
        "resefa.methods.style_space:StyleSpace", "StyleSpace: single channels of S that act in the region"
    ),
    "sefa": Entry("resefa.methods.sefa:SeFa", "SeFa: eigenvectors of the first layer's or the styles' weights"),
    "ganspace": Entry(
        "resefa.methods.ganspace:GANSpace", "GANSpace: principal components of w or of first activations"
    ),
    "inter-face-gan": Entry(
        "resefa.methods.inter_face_gan:InterFaceGAN", "InterFaceGAN: a linear boundary from labels or a scorer"
    ),
    "whole-jacobian": Entry(
        "resefa.methods.jacobian_svd:WholeJacobian", "right-singular vectors of the whole Jacobian"
    ),
    "random": Entry("resefa.methods.random_directions:RandomDirections", "directions drawn at random"),
}
DEFAULT = "region-contrast"
_OTHERWISE = {
    "resefa": "region-contrast", "lowrankgan": "low-rank", "lowrank": "low-rank", "robust-pca": "low-rank", "jacobian": "whole-jacobian",
    "local-basis": "whole-jacobian", "pca": "ganspace", "svm": "inter-face-gan",
}  # fmt: skip
"""Names under which people look for a method."""


def finder_class(name: str) -> type:
    """The class behind a name.

    Raises:
        UsageError: no such method.
    """
    if name not in FINDERS:
        raise UsageError(
            f"Unknown method {printable(name)!r}{did_you_mean(name, FINDERS, _OTHERWISE)} Choose one of {', '.join(FINDERS)}."
        )
    module, _, kind = FINDERS[name].place.partition(":")
    return getattr(importlib.import_module(module), kind)


def options_of(name: str) -> tuple[str, ...]:
    """The options that a method takes.

    Raises:
        UsageError: no such method.
    """
    return tuple(each.name for each in fields(finder_class(name)) if each.name != "name")


def check_options(method: str, options: Iterable[str], written: Callable[[str], str] = repr) -> None:
    """Refuse an option that the method does not take, with the methods that do.

    Args:
        written: how an option's name is written for the person.

    Raises:
        UsageError: no such method, or an option that it does not take.
    """
    known = options_of(method)
    for option in options:
        if option in known:
            continue
        others = [name for name in FINDERS if option in options_of(name)]
        if others:
            said = f"{written(option)} belongs to {', '.join(others)}; {method} has no such option: leave it out."
        else:
            near = get_close_matches(option, known, 1)
            hint = f"did you mean {written(near[0])}?" if near else f"it takes {', '.join(map(written, known))}."
            said = f"{method} has no option {written(option)}; {hint}"
        raise UsageError(said)


def finder(name: str = DEFAULT, **options: Any) -> Finder:
    """The method of this name, set up with its own options (the attributes of its class).

    Raises:
        UsageError: no such method, or an option that it does not take.
    """
    from resefa.discovery.arguments import checked_options

    check_options(name, options)
    given = checked_options(options)
    return finder_class(name)(**{option: value for option, value in given.items() if value is not None})
