"""Checks of truncation cutoffs and labels, and the class names of ImageNet."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

import torch
from torch import Tensor

from resefa.errors import UsageError, parameter
from resefa.latents.conditions import Conditions


def check_cutoff(conditions: Conditions, layers: int, model: str) -> None:
    """Raise UsageError for a cutoff beyond the model's layers."""
    if conditions.cutoff is not None and conditions.cutoff > layers:
        raise UsageError(
            f"{parameter('cutoff', conditions.cutoff)} is too large: {model} has {layers} layers; give at most {layers}."
        )


def checked_label(conditions: Conditions, classes: int, model: str) -> Conditions:
    """Conditions with a checked label; None stands for class 0 of a conditional model.

    Raises:
        UsageError: the model is not conditional.
    """
    label = conditions.label
    if label is not None and not classes:
        raise UsageError(f"{model} is not conditional, so {parameter('label', label)} has no effect; omit it.")
    return conditions


def one_hot(label: int, classes: int, like: Tensor) -> Tensor:
    """One-hot labels (b, classes), made without in-place writes, so that ``vmap`` works."""
    row = (torch.arange(classes, device=like.device) == label).to(like.dtype)
    return row.expand(len(like), -1)


_SHOWN = 5


@cache
def imagenet_classes() -> tuple[str, ...]:
    """Class names of ILSVRC 2012 in the order of their indices."""
    text = files("resefa.generators").joinpath("imagenet_classes.txt").read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))


def label_index(label: str | int, classes: int) -> int:
    """Index of a class: from an index, a name ("tench") or a part that only one name has ("golden").

    An exact name precedes names that contain the text as whole words, and those precede names that contain it anywhere.
    Only the 1000 classes of ImageNet have names; other models take an index.

    Raises:
        UsageError: the label is unknown, ambiguous or out of range.
    """
    if isinstance(label, bool) or not isinstance(label, str | int):
        raise UsageError(
            f"{parameter('label', label)} is not a class; give an index from 0 to {classes - 1} or a class name."
        )
    if isinstance(label, int) or re.fullmatch(r"\s*[+-]?[0-9]+\s*", label):
        index = int(label)
        if not 0 <= index < classes:
            raise UsageError(f"{parameter('label', index)} is out of range; give an index from 0 to {classes - 1}.")
        return index
    names = imagenet_classes()
    if classes != len(names):
        raise UsageError(
            f"{parameter('label', label)} is a name, but the {classes} classes of this model have no names; "
            f"give an index from 0 to {classes - 1}."
        )
    found = _matches(" ".join(label.split()).casefold(), tuple(name.casefold() for name in names))
    if len(found) == 1:
        return found[0]
    if found:
        shown = ", ".join(f"{names[i]} ({i})" for i in found[:_SHOWN])
        rest = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise UsageError(
            f"{parameter('label', label)} is ambiguous; give one of these names in full or its index: {shown}{rest}."
        )
    near = get_close_matches(label, names, n=_SHOWN, cutoff=0.6)
    hint = f"; did you mean {', '.join(f'{name} ({names.index(name)})' for name in near)}?" if near else "."
    raise UsageError(
        f"Unknown {parameter('label', label)}{hint} Give an ImageNet name, a unique part of a name or an index from 0 to "
        f"{classes - 1}."
    )


def _matches(text: str, names: tuple[str, ...]) -> list[int]:
    if not text:
        return []
    words = re.compile(rf"(?<!\w){re.escape(text)}(?!\w)")
    tests = (lambda name: name == text, lambda name: words.search(name) is not None, lambda name: text in name)
    for test in tests:
        found = [i for i, name in enumerate(names) if test(name)]
        if found:
            return found
    return []
