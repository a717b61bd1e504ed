"""The methods of discovery by name. Each loads on first use."""

from __future__ import annotations

import importlib
from dataclasses import fields
from typing import TYPE_CHECKING, Any, NamedTuple

from resefa.errors import UsageError

if TYPE_CHECKING:
    from resefa.discovery.finder import Finder


class Entry(NamedTuple):
    """``place``: module and class; ``about``: one line."""

    place: str
    about: str


FINDERS: dict[str, Entry] = {
    "region-contrast": Entry(
        "resefa.discovery.region_contrast:RegionContrast", "ReSeFa: most change inside for the least outside"
    ),
    "low-rank": Entry("resefa.discovery.low_rank:LowRank", "LowRankGAN: robust PCA and a null-space projection"),
    "style-space": Entry(
        "resefa.discovery.style_space:StyleSpace", "StyleSpace: single channels of S that act in the region"
    ),
    "sefa": Entry("resefa.discovery.sefa:SeFa", "SeFa: eigenvectors of the first layer's or the styles' weights"),
    "ganspace": Entry(
        "resefa.discovery.ganspace:GANSpace", "GANSpace: principal components of w or of first activations"
    ),
    "inter-face-gan": Entry(
        "resefa.discovery.inter_face_gan:InterFaceGAN", "InterFaceGAN: a linear boundary from labels or a scorer"
    ),
    "whole-jacobian": Entry(
        "resefa.discovery.whole_jacobian:WholeJacobian", "right-singular vectors of the whole Jacobian"
    ),
    "random": Entry("resefa.discovery.random_directions:RandomDirections", "directions drawn at random"),
}
DEFAULT = "region-contrast"


def finder_class(name: str) -> type:
    """The class behind a name.

    Raises:
        UsageError: no such method.
    """
    if name not in FINDERS:
        raise UsageError(f"The method {name!r} came: choose {', '.join(FINDERS)}.")
    module, _, kind = FINDERS[name].place.partition(":")
    return getattr(importlib.import_module(module), kind)


def options_of(name: str) -> tuple[str, ...]:
    """The options that a method takes.

    Raises:
        UsageError: no such method.
    """
    return tuple(each.name for each in fields(finder_class(name)) if each.name != "name")


def finder(name: str = DEFAULT, **options: Any) -> Finder:
    """The method of this name, set up with its own options (the attributes of its class).

    Raises:
        UsageError: no such method, or an option that it does not take.
    """
    known = options_of(name)
    if unknown := [option for option in options if option not in known]:
        raise UsageError(
            f"The option {unknown[0].replace('_', '-')} came, but the method {name} takes none of that name: leave it out, or "
            f"give one of {', '.join(each.replace('_', '-') for each in known)}."
        )
    return finder_class(name)(**options)
