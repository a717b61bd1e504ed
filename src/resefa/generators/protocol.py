"""What resefa asks of a generator, and no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import torch

from resefa.latents.code import LatentCode
from resefa.latents.conditions import Conditions
from resefa.latents.motion import Motion
from resefa.latents.space import LatentSpace
from resefa.types import Image, Latent


@runtime_checkable
class Generator(Protocol):
    """A frozen, differentiable map from a latent code to an image, ``x = G(z)``.

    ``tests/contracts/test_generators.py`` is the suite that every member passes.

    Attributes:
        name: a card's name, a file's name, or what its maker called it.
        fingerprint: hex digest of its weights as they are now, for files and people; of a wrapped module also of its settings
            and, coarsely, of two images. What is cached belongs to a probe of the images themselves.
        conditions: truncation, label and noise under which it makes its images.
        resolution: (height, width) of its images.
        channels: 1 or 3.
        spaces: latent spaces by name; the first is the default.
        linear_spaces: spaces whose codes the network reads by linear maps; none where they are not known.
        presets: family of region presets that fit its images, for example ``"aligned-ffhq"``.
        device, dtype: where and in which precision it computes.
        batch: the most images or derivatives that go through it at once; None: chosen from the memory.
    """

    name: str
    fingerprint: str
    conditions: Conditions
    resolution: tuple[int, int]
    channels: int
    spaces: Mapping[str, LatentSpace]
    linear_spaces: Sequence[str]
    presets: str
    device: torch.device
    dtype: torch.dtype
    batch: int | None

    def sample(self, seed: int | Sequence[int], space: str | None = None) -> LatentCode:
        """One code per seed, the same on every machine; the global random state is left alone."""
        ...

    def convert(self, code: LatentCode, space: str) -> LatentCode:
        """The code in another of its spaces."""
        ...

    def motion(self, space: str | None = None, layers: str | None = None, code_space: str | None = None) -> Motion:
        """How a direction of ``space``, restricted to ``layers``, moves a code of ``code_space``."""
        ...

    def render(self, values: Latent, space: str) -> Image:
        """(b, n) -> (b, c, h, w) in [-1, 1], differentiable, each image depending on its own code only."""
        ...

    def render_moved(self, base: Latent, motion: Motion, vectors: Latent) -> Image:
        """``render(base + motion.lift(vectors), motion.target.name)``; layers that do not move carry no derivative."""
        ...

    def first_maps(self, motion: Motion) -> torch.Tensor:
        """(features, n): the weights by which a direction of one of ``linear_spaces`` enters the network."""
        ...

    def synthesize(self, code: LatentCode | torch.Tensor) -> Image:
        """Images of checked codes, without gradients.

        Raises:
            LatentError: a code of the wrong size or space.
            GeneratorError: the images contain NaN or infinity.
        """
        ...
