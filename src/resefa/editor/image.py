"""The image that a person edits: a sample or a code of a model under conditions, with the exact original."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

import resefa
from resefa.editing.composition import Composition
from resefa.editor.card import Card
from resefa.editor.models import EditorModel
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode
from resefa.metrics.change import Change, region_change


@dataclass(frozen=True, eq=False)
class EditedImage:
    """The image of a session.

    Attributes:
        model: in the editor's list.
        generator: under the conditions of the image.
        code: latent code of the image.
        seed: of the code; None: the code was given.
        original: (1, c, h, w) in [-1, 1].
    """

    model: EditorModel
    generator: BaseGenerator
    code: LatentCode
    seed: int | None
    original: Tensor

    @classmethod
    def of(
        cls,
        model: EditorModel,
        seed: int | None,
        *,
        code: LatentCode | None = None,
        truncation: float = 1.0,
        label: int | str | None = None,
    ) -> EditedImage:
        """The image of a seed, or of a code. Called on the thread that computes.

        Raises:
            UsageError: neither a seed nor a code, or a condition that the model does not have.
            LatentError: the code does not fit the model.
        """
        generator = model.under(truncation, label)
        found = generator.sample(0 if seed is None else seed) if code is None else code
        return cls(model, generator, found, seed if code is None else None, generator.synthesize(found))

    @property
    def label(self) -> str:
        """A short name for the page."""
        return "Your image" if self.seed is None else f"Sample {self.seed}"

    def edited(self, cards: Sequence[Card]) -> tuple[Tensor, Change | None]:
        """The image (1, c, h, w) with the edits of all cards at their positions, and its measured change; None without an edit."""
        return edited(self.generator, self.code, self.original, cards)


def edited(
    generator: BaseGenerator, code: LatentCode, original: Tensor, cards: Sequence[Card]
) -> tuple[Tensor, Change | None]:
    """An image with the edits of all cards at their positions, and its change in the union of their regions."""
    active = [card for card in cards if card.position]
    if not active:
        return original, None
    composition = Composition(tuple((card.direction, card.alpha) for card in active))
    image = resefa.edit(generator, code, composition, 1.0)[0]
    assert composition.edit is not None and composition.protect is not None  # found with regions
    return image, region_change(image, original, composition.edit, composition.protect)[0]
