"""The ``Generator`` protocol, which every generator must satisfy, and one small protocol for each optional capability.

``resefa.load`` and ``resefa.wrap`` return generators with every capability. Another class needs only the eight members of
``Generator``; ``as_generator`` (``generators/completed.py``) supplies a default for each capability that the class lacks, or an error
in one sentence where the capability is needed. ``tests/contracts/test_core_generator.py`` runs such a class through every option.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, Self, runtime_checkable

import torch

from resefa.latents.code import LatentCode
from resefa.latents.conditions import Conditions
from resefa.latents.motion import Motion
from resefa.latents.space import LatentSpace
from resefa.regions.image_parts import Segmenter
from resefa.types import Image, Latent


@runtime_checkable
class Generator(Protocol):
    """A frozen, differentiable map from a latent code to an image, ``x = G(z)``: the members that every generator must have."""

    @property
    def name(self) -> str:
        """Name for labels, messages and files: a card's name, a file's name, or a name of your choice."""
        ...

    @property
    def resolution(self) -> tuple[int, int]:
        """(height, width) of the images."""
        ...

    @property
    def channels(self) -> int:
        """Number of image channels, 1 or 3."""
        ...

    @property
    def spaces(self) -> Mapping[str, LatentSpace]:
        """Latent spaces by name; the first is the default."""
        ...

    @property
    def device(self) -> torch.device:
        """The device of ``render``."""
        ...

    @property
    def dtype(self) -> torch.dtype:
        """The precision of ``render``."""
        ...

    def sample(self, seed: int | Sequence[int], space: str | None = None) -> LatentCode:
        """One code per seed, (b, n), the same at every call; of ``space``, by default the first."""
        ...

    def render(self, values: Latent, space: str) -> Image:
        """Images (b, c, h, w) in [-1, 1] of codes (b, n), differentiable by torch, each image depending on its own code only."""
        ...


@runtime_checkable
class ConvertsCodes(Protocol):
    """Conversion of codes between spaces. Default: a code stays in its space, and other spaces are refused."""

    def convert(self, code: LatentCode, space: str) -> LatentCode:
        """The code in another space of the generator.

        Raises:
            LatentError: no conversion leads there.
        """
        ...


@runtime_checkable
class MovesLayers(Protocol):
    """Edits of chosen layers. Default: a direction moves codes of the direction's space, all layers at once."""

    def motion(self, space: str | None = None, layers: str | None = None, code_space: str | None = None) -> Motion:
        """How a direction of ``space``, restricted to ``layers``, moves a code of ``code_space``.

        Raises:
            UsageError: layers that the space does not have.
            LatentError: directions of ``space`` cannot move a code of ``code_space``.
        """
        ...


@runtime_checkable
class RendersMotions(Protocol):
    """Faster images of moved codes. Default: ``render(base + motion.lift(vectors), motion.target.name)``."""

    def render_moved(self, base: Latent, motion: Motion, vectors: Latent) -> Image:
        """The same images, with no derivative through layers that do not move."""
        ...


@runtime_checkable
class Conditional(Protocol):
    """Images under conditions. Default: no truncation, cutoff, label or noise."""

    @property
    def conditions(self) -> Conditions:
        """Truncation, label and noise under which images are made."""
        ...

    def under(self, **changes: Any) -> Self:
        """The same generator under other conditions: ``truncation``, ``cutoff``, ``label``, ``noise``.

        Raises:
            UsageError: the generator has no such condition, or not with this value.
        """
        ...


@runtime_checkable
class IntermediateImages(Protocol):
    """Images at earlier layers. Default: no image before the last layer."""

    def at_resolution(self, height: int) -> Self:
        """A view of the generator whose images are the network's own at an earlier resolution.

        Raises:
            UsageError: the network has no intermediate image with this height.
        """
        ...


@runtime_checkable
class LinearSpaces(Protocol):
    """Spaces whose codes the network reads by linear maps, which SeFa and GANSpace need. Default: none."""

    @property
    def linear_spaces(self) -> Sequence[str]:
        """Names of the spaces whose codes the network reads by linear maps."""
        ...

    def first_maps(self, motion: Motion) -> torch.Tensor:
        """(features, n): the weights by which a direction of one of ``linear_spaces`` enters the network."""
        ...


@runtime_checkable
class Fingerprinted(Protocol):
    """Fingerprint of the weights. Default: a digest of the weights of the generator's modules and of two images."""

    @property
    def fingerprint(self) -> str:
        """Hex digest of the weights, stored in directions files; the cache of Jacobians compares images as well."""
        ...


@runtime_checkable
class RegionPresets(Protocol):
    """Region presets that fit the images. Default: none."""

    @property
    def presets(self) -> str:
        """Family of region presets that fit the images, for example ``"aligned-ffhq"``."""
        ...


@runtime_checkable
class SegmentsImages(Protocol):
    """A segmenter of the images, for regions that follow the image. Default: that of the region presets, if any."""

    @property
    def segmenter(self) -> Segmenter | None:
        """A function that labels the pixels of the images with their parts; None without."""
        ...


@runtime_checkable
class BatchLimit(Protocol):
    """Limit of the batch size. Default: chosen from the free memory."""

    @property
    def batch(self) -> int | None:
        """The most images or derivatives in one call of ``render``; None: chosen from the free memory."""
        ...


@runtime_checkable
class Synthesizes(Protocol):
    """Checked images without gradients. Default: ``render`` in batches, without gradients, with checks of codes and images."""

    def synthesize(self, code: LatentCode | torch.Tensor) -> Image:
        """Images of checked codes, without gradients.

        Raises:
            LatentError: a code of the wrong size or space.
            GeneratorError: the images contain NaN or infinity.
        """
        ...
