"""``BaseGenerator``: sampling, checks and batching for every generator. A family adds ``render``."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

import torch

from resefa.errors import GeneratorError, LatentError, UsageError, parameter, printable
from resefa.generators.conditions import label_index
from resefa.generators.fingerprint import tensors_fingerprint, weights_mark
from resefa.latents.code import LatentCode
from resefa.latents.conditions import DEFAULT, Conditions
from resefa.latents.motion import Motion, whole
from resefa.latents.seeds import standard_normal
from resefa.latents.space import LatentSpace, given_code
from resefa.regions.image_parts import Segmenter, checked_segmenter
from resefa.runtime.out_of_memory import check_batch, in_smaller_batches, memory_errors_said
from resefa.segmenters.registry import segmenter_for
from resefa.types import Image, Latent

BATCH = 16
"""Images per call of ``render``: more gains nothing on a CPU and costs memory on a large network."""


class BaseGenerator(ABC):
    """Sampling and checked synthesis over a family's ``render``; satisfies ``Generator`` and every capability protocol.

    A family with several spaces overrides ``_converted`` and ``motion``; one with truncation, labels or noise ``_checked``.
    """

    layer_resolutions: Sequence[int] = ()
    """Longer side of the feature map of each layer that an edit can be restricted to."""
    linear_spaces: Sequence[str] = ()
    """Spaces whose codes the network reads by linear maps, which ``first_maps`` gives."""
    classes: int = 0
    """Number of labels of a conditional generator."""
    batch: int | None = None
    """The most images or derivatives in one pass; None: chosen, and reduced if memory runs out."""
    _segmenter: Segmenter | None = None
    _fitting: int = BATCH
    """Largest batch that has fitted into memory so far, at most ``BATCH``."""

    explicit_conditions: frozenset[str] = frozenset()
    """Names of the conditions that ``under`` has set; directions do not change them."""

    def __init__(
        self,
        *,
        name: str,
        fingerprint: str,
        resolution: tuple[int, int],
        channels: int,
        spaces: Mapping[str, LatentSpace],
        presets: str,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self.name = printable(name, 200)  # a file's name may be written to deceive a terminal
        self.fingerprint = fingerprint
        self.resolution = resolution
        self.channels = channels
        self.spaces = spaces
        self.presets = presets
        self.device = device
        self.dtype = dtype
        self.conditions = DEFAULT

    @property
    def fingerprint(self) -> str:
        """Hex digest of the current weights, which changes when weights are changed in place."""
        if (mark := weights_mark(self._weights())) != self._mark:
            before = self._fingerprint
            self._fingerprint, self._mark = self._fingerprint_now() + "".join(before.partition("@")[1:]), mark
        return self._fingerprint

    @fingerprint.setter
    def fingerprint(self, digest: str) -> None:
        self._fingerprint, self._mark = digest, weights_mark(self._weights())

    def _weights(self) -> Mapping[str, torch.Tensor]:
        network = getattr(self, "network", None)
        return network.state_dict() if isinstance(network, torch.nn.Module) else {}

    def _fingerprint_now(self) -> str:
        return tensors_fingerprint(self._weights())

    @abstractmethod
    def render(self, values: Latent, space: str) -> Image:
        """(b, n) -> (b, c, h, w) in [-1, 1], differentiable."""

    def render_moved(self, base: Latent, motion: Motion, vectors: Latent) -> Image:
        """``render(base + motion.lift(vectors))``, (1, N) or (b, N) and (b, n) -> (b, c, h, w), differentiable by ``vectors``.

        A family whose layers take separate codes overrides this, so that layers before the first that moves carry no
        derivative.
        """
        return self.render(base + motion.lift(vectors), motion.target.name)

    @property
    def segmenter(self) -> Segmenter | None:
        """The segmenter of the images, for regions that follow the image: the one set, else that of the presets' family."""
        return segmenter_for(self.presets) if self._segmenter is None else self._segmenter

    @segmenter.setter
    def segmenter(self, segmenter: Segmenter | None) -> None:
        self._segmenter = None if segmenter is None else checked_segmenter(segmenter)

    @property
    def default_space(self) -> str:
        return next(iter(self.spaces))

    def space(self, name: str | None) -> LatentSpace:
        """The latent space of this name; by default the first.

        Raises:
            LatentError: the generator has no such space.
        """
        if name is None:
            name = self.default_space
        if name not in self.spaces:
            raise LatentError(f"{self.name} has no space {printable(name, 20)!r}; choose {' or '.join(self.spaces)}.")
        return self.spaces[name]

    def under(self, **changes: Any) -> Self:
        """The same generator under other conditions: ``truncation``, ``cutoff``, ``label``, ``noise``. Weights are shared.

        A condition set here holds in every later edit; other conditions follow the directions (see ``resefa.edit``).

        A label is an index or, for the 1000 classes of ImageNet, a name or a unique part of one.

        Raises:
            UsageError: the generator has no such condition, or not with this value.
        """
        if unknown := [name for name in changes if name not in DEFAULT.__dataclass_fields__]:
            raise UsageError(
                f"Unknown condition {unknown[0]!r}; choose one of {', '.join(DEFAULT.__dataclass_fields__)}."
            )
        if changes.get("label") is not None and self.classes:
            changes["label"] = label_index(changes["label"], self.classes)
        other = copy.copy(self)
        other.conditions = self._checked(replace(self.conditions, **changes))
        other.explicit_conditions = self.explicit_conditions | frozenset(changes)
        return other

    def at_resolution(self, height: int) -> Self:
        """A view whose images are the network's own at an earlier resolution; spaces are the same.

        Raises:
            UsageError: the network has no intermediate image with this height.
        """
        raise UsageError(
            f"{self.name} has no intermediate image with {height} rows; omit {parameter('intermediate', True)}, so that "
            "the final image is averaged instead."
        )

    def _checked(self, conditions: Conditions) -> Conditions:
        if conditions != DEFAULT:
            raise UsageError(
                f"{self.name} has no truncation, labels or noise, so {conditions.text} has no effect; omit the condition."
            )
        return conditions

    def sample(self, seed: int | Sequence[int], space: str | None = None) -> LatentCode:
        """One code per seed, (b, n), the same on every machine: z ~ N(0, I) in the first space, converted to ``space``."""
        where, first = self.space(space), self.space(None)
        values, seeds = standard_normal(seed, first.dimensions)
        return self.convert(LatentCode(values.to(self.device, self.dtype), first.name, seeds), where.name)

    def convert(self, code: LatentCode, space: str) -> LatentCode:
        """The code in a later space of this generator, in the order Z, W, W+, S; never back.

        Raises:
            LatentError: no conversion leads to that space.
        """
        where = self.space(space)
        self.space(code.space).checked(code, self.name)
        if where.name == code.space:
            return code
        with torch.no_grad():
            values = self._converted(code.values.to(self.device, self.dtype), code.space, where.name)
        return LatentCode(values, where.name, code.seeds)

    def _converted(self, values: Latent, space: str, target: str) -> Latent:
        raise LatentError(
            f"{self.name} cannot convert a latent code from {space} to {target}; give a latent code in {target}."
        )

    def motion(self, space: str | None = None, layers: str | None = None, code_space: str | None = None) -> Motion:
        """How a direction of ``space``, restricted to ``layers``, moves a code of ``code_space``.

        Raises:
            UsageError: layers that this space does not have.
            LatentError: directions of this space cannot move such a code.
        """
        where = self.space(space or code_space)
        if layers is not None:
            raise UsageError(f"{self.name} has no layers in {where.name}; omit {parameter('layers', layers)}.")
        if code_space not in (None, where.name):
            raise LatentError(
                f"A direction in {where.name} cannot move a latent code in {code_space}; give a latent code in {where.name}."
            )
        return whole(where)

    def first_maps(self, motion: Motion) -> torch.Tensor:
        """(features, n): the weights by which a direction of this motion enters the network, one row per feature it moves.

        Raises:
            UsageError: the motion's space is none of ``linear_spaces``.
        """
        if motion.space not in self.linear_spaces:
            where = " or ".join(self.linear_spaces)
            raise UsageError(
                f"{self.name} does not read latent codes in {motion.space} by linear weights"
                + (
                    f"; choose the space {where}."
                    if where
                    else ", nor in any other space; choose a method that does not need linear weights."
                )
            )
        with torch.no_grad():
            maps = self._first_maps(motion)
        return maps[maps.any(1)]

    def _first_maps(self, motion: Motion) -> torch.Tensor:
        """All rows, including those that no direction moves."""
        raise NotImplementedError

    def synthesize(self, code: LatentCode | torch.Tensor, *, batch: int | None = None) -> Image:
        """Images (b, c, h, w) in [-1, 1] of checked codes, without gradients.

        Args:
            batch: images per pass; default: the generator's. Reduced if memory runs out.

        Raises:
            LatentError: a code of the wrong size or space.
            GeneratorError: the images contain NaN or infinity.
            OutOfMemoryError: not even one image fits the memory.
        """
        code = given_code(code, self)
        where = self.space(code.space)
        where.checked(code, self.name)
        values = code.values.to(self.device, self.dtype)
        most = check_batch(batch) or self.batch or self._fitting
        finite: list[bool] = []

        def make(block: torch.Tensor) -> torch.Tensor:
            images = self.render(block, where.name)
            # Here, where memory that runs out leads to fewer images at a time.
            finite.extend(torch.isfinite(images).flatten(1).all(1).tolist())
            return images

        with torch.no_grad(), memory_errors_said(f"{len(values)} images", self.device):
            blocks = in_smaller_batches(make, values, most, what="image", fitted=self._fits)
            images = torch.cat(blocks) if blocks else values.new_zeros(0, self.channels, *self.resolution)
        if not all(finite):
            which = finite.index(False)
            raise GeneratorError(
                f"{self.name} returns NaN or infinity for {code.label(which)}; try another seed, a smaller strength or "
                "float32."
            )
        return images

    def _fits(self, images: int) -> None:
        self._fitting = min(self._fitting, images)

    def __repr__(self) -> str:
        spaces = ", ".join(f"{space.name} {space.dimensions}" for space in self.spaces.values())
        height, width = self.resolution
        under = f", {self.conditions.text}" if self.conditions.text else ""
        return f"{type(self).__name__}({self.name!r}, {height} x {width}, {spaces}{under}, {self.device}, {self.dtype})"
