"""Checks of conditions that several families share."""

from __future__ import annotations

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
