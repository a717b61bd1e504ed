"""``fetch``: download of a model card's weights, opened and compared with the card before an unknown hash is pinned."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any

from resefa.zoo.cards import ModelCard
from resefa.zoo.pull import pull


def fetch(card: ModelCard, **options: Any) -> Path:
    """``resefa.zoo.pull.pull`` with a check that the file opens as the card's model."""
    return pull(card, opens=refuse_another_model, **options)


def refuse_another_model(card: ModelCard, path: Path) -> None:
    """Check that a file or folder opens as the model of the card.

    Raises:
        ModelError: no reader recognises it, or its family, resolution, latent size or number of classes differ from the card.
        WeightsError: it is damaged, or names globals that weights do not need.
    """
    # Slow imports, only needed for files without a known hash.
    from resefa.checkpoints.open import open_checkpoint
    from resefa.errors import ModelError
    from resefa.generators.registry import generator_of

    if card.kind != "generator":
        return
    record = open_checkpoint(path)
    generator = generator_of(record, card.name)
    found = {
        "family": record.family,
        "resolution": tuple(generator.resolution),
        "latent size": generator.spaces["Z"].dimensions,
        "number of classes": generator.classes or 0,
    }
    stated = {
        "family": card.family,
        "resolution": tuple(card.resolution),
        "latent size": prod(card.latent),
        "number of classes": card.classes,
    }
    for fact, value in stated.items():
        if found[fact] != value:
            raise ModelError(f"its {fact} is {_words(found[fact])}, not {_words(value)} as on the card.")


def _words(value: object) -> str:
    return " x ".join(map(str, value)) if isinstance(value, tuple) else str(value)
