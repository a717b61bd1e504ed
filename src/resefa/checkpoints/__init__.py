"""Checkpoints: files of generators, read as records of tensors and settings."""

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports

if TYPE_CHECKING:
    from resefa.checkpoints.open import open_checkpoint as open_checkpoint
    from resefa.checkpoints.record import CheckpointRecord as CheckpointRecord
    from resefa.checkpoints.record import Source as Source
    from resefa.checkpoints.unsupported import NotBuiltError as NotBuiltError

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "resefa.checkpoints.open": ["open_checkpoint"],
        "resefa.checkpoints.record": ["CheckpointRecord", "Source"],
        "resefa.checkpoints.unsupported": ["NotBuiltError"],
    },
)
