"""Checks of conditions that several families share."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

import torch
from torch import Tensor

from resefa.errors import UsageError
from resefa.latents.conditions import Conditions


def check_cutoff(conditions: Conditions, layers: int, model: str) -> None:
    """Raise UsageError for a cutoff beyond the model's layers."""
    if conditions.cutoff is not None and conditions.cutoff > layers:
        raise UsageError(
            f"A truncation cutoff of {conditions.cutoff} is not possible: {model} has {layers} layers; give at most {layers}."
        )


def checked_label(conditions: Conditions, classes: int, model: str) -> Conditions:
    """The conditions, if their label makes sense; None stands for class 0 where there are classes.

    Raises:
        UsageError: the model is not conditional.
    """
    label = conditions.label
    if label is not None and not classes:
        raise UsageError(f"{model} is not conditional, so the label {label} has no effect; leave it out.")
    return conditions


def one_hot(label: int, classes: int, like: Tensor) -> Tensor:
    """(b, classes), made without writing in place, so that it passes through ``vmap``."""
    row = (torch.arange(classes, device=like.device) == label).to(like.dtype)
    return row.expand(len(like), -1)


_SHOWN = 5


@cache
def imagenet_classes() -> tuple[str, ...]:
    """The 1000 names of ILSVRC 2012 in the order of their indices."""
    text = files("resefa.generators").joinpath("imagenet_classes.txt").read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))


def label_index(label: str | int, classes: int) -> int:
    """Index of a class: from an index, a name ("tench") or a part that only one name has ("golden").

    An exact name wins over names that contain the text as whole words, and those over names that contain it anywhere.
    Names are known for the 1000 classes of ImageNet only; any other number of classes takes an index.

    Raises:
        UsageError: the label is unknown, ambiguous or out of range.
    """
    if isinstance(label, bool) or not isinstance(label, str | int):
        raise UsageError(f"{label!r} is no class: an index from 0 to {classes - 1} or a class name was expected.")
    if isinstance(label, int) or re.fullmatch(r"\s*[+-]?[0-9]+\s*", label):
        index = int(label)
        if not 0 <= index < classes:
            raise UsageError(f"There is no class {index}: an index from 0 to {classes - 1} was expected.")
        return index
    names = imagenet_classes()
    if classes != len(names):
        raise UsageError(
            f'The class "{label}" was given by name, but this model\'s {classes} classes have no names here: '
            f"an index from 0 to {classes - 1} was expected."
        )
    found = _matches(" ".join(label.split()).casefold(), tuple(name.casefold() for name in names))
    if len(found) == 1:
        return found[0]
    if found:
        shown = ", ".join(f"{names[i]} ({i})" for i in found[:_SHOWN])
        rest = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise UsageError(f'The class "{label}" is ambiguous, write one of these in full or its index: {shown}{rest}.')
    near = get_close_matches(label, names, n=_SHOWN, cutoff=0.6)
    hint = f"near it are {', '.join(f'{name} ({names.index(name)})' for name in near)}" if near else "no name is near"
    raise UsageError(
        f'The class "{label}" is unknown, an ImageNet name, a unique part of one or an index from 0 to {classes - 1} '
        f"was expected: {hint}."
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
