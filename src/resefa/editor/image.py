"""The image that the user edits: a sample or a code of a model under conditions, with the exact original."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from resefa.editor.card import Card
from resefa.editor.models import EditorModel
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode
from resefa.metrics.change import Change
from resefa.projects.project import ProjectCode, ProjectImage
from resefa.projects.rendering import edited


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

    def with_code(self, code: LatentCode) -> EditedImage:
        """The image of a given code, under the same conditions."""
        conditions = self.generator.conditions
        return EditedImage.of(self.model, None, code=code, truncation=conditions.truncation, label=conditions.label)

    def other(self, seed: int) -> EditedImage:
        """Another sample, under the same conditions."""
        conditions = self.generator.conditions
        return EditedImage.of(self.model, seed, truncation=conditions.truncation, label=conditions.label)

    def edited(self, cards: Sequence[Card]) -> tuple[Tensor, Change | None]:
        """The image (1, c, h, w) with the edits of all cards at their positions, and its measured change; None without an edit."""
        moves = [(card.direction, card.position) for card in cards]
        return edited(self.generator, self.code, moves, self.original)

    def described(self) -> ProjectImage:
        """The image in a project."""
        code = ProjectCode.of(self.code) if self.seed is None else None
        conditions = self.generator.conditions
        return ProjectImage(self.seed, code, conditions.truncation, conditions.label)
