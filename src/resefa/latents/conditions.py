"""``Conditions``: truncation, class label and noise, which determine an image together with its latent code."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

from resefa.errors import UsageError, parameter, printable
from resefa.latents.seeds import checked_seeds

NOISES = ("constant", "none")


@dataclass(frozen=True)
class Conditions:
    """Settings of a generator besides the latent code; ``generator.under(...)`` changes them.

    Attributes:
        truncation: psi, from 0 to 1 (none). StyleGANs pull w towards its mean (Karras et al. 2019, appendix B); BigGANs draw z
            from a truncated normal and interpolate their batch-norm statistics (Brock et al. 2019, section 3.1).
        cutoff: number of layers to truncate, from the first; None: all.
        label: class index of a conditional generator, or None.
        noise: ``"constant"`` (the noise stored in the checkpoint), ``"none"``, or an integer: the seed of noise that is the
            same for every image.

    Raises:
        UsageError: a value outside these ranges.
    """

    truncation: float = 1.0
    cutoff: int | None = None
    label: int | None = None
    noise: str | int = "constant"

    def __post_init__(self) -> None:
        psi = self.truncation
        if isinstance(psi, bool) or not isinstance(psi, int | float) or not math.isfinite(psi) or not 0 <= psi <= 1:
            raise UsageError(
                f"{parameter('truncation', psi)} is not possible; give a number from 0 (the mean image) to 1 (no truncation)."
            )
        cutoff = self.cutoff
        if cutoff is not None and (isinstance(cutoff, bool) or not isinstance(cutoff, int) or cutoff < 0):
            raise UsageError(
                f"{parameter('cutoff', cutoff)} is not possible; give the number of layers to truncate, 0 or more."
            )
        if isinstance(self.noise, str) and self.noise not in NOISES:
            raise UsageError(
                f"Unknown noise {printable(self.noise, 40)!r}; give constant, none, or a seed (an integer)."
            )
        if not isinstance(self.noise, str):
            checked_seeds(self.noise)

    @property
    def text(self) -> str:
        """The conditions that differ from the defaults, as text for labels and cache keys."""
        own = {key: value for key, value in asdict(self).items() if value != getattr(DEFAULT, key)}
        return ", ".join(f"{key} {value}" for key, value in own.items())


DEFAULT = Conditions()
