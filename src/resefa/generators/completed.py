"""``as_generator``: any object with the members of ``Generator`` as a generator with every capability."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn

from resefa.errors import GeneratorError, LatentError, printable
from resefa.generators.base import BaseGenerator
from resefa.generators.fingerprint import tensors_fingerprint, wrapped_fingerprint
from resefa.generators.protocol import (
    BatchLimit,
    Conditional,
    ConvertsCodes,
    Fingerprinted,
    Generator,
    IntermediateImages,
    LinearSpaces,
    MovesLayers,
    RegionPresets,
    RendersMotions,
    SegmentsImages,
    Synthesizes,
)
from resefa.latents.code import LatentCode
from resefa.latents.conditions import DEFAULT
from resefa.latents.motion import Motion
from resefa.latents.seeds import checked_seeds, standard_normal
from resefa.regions.presets import NO_FAMILY
from resefa.types import Image, Latent

_PROBE_SEEDS = (0, 1)
MEMBERS = ("name", "resolution", "channels", "spaces", "device", "dtype", "sample", "render")
"""Names of the members of the protocol ``Generator``."""


def as_generator(generator: Generator) -> BaseGenerator:
    """The generator itself, or a view that adds a default for each capability that it lacks.

    Call it where a generator enters the library; code below may then use every member of ``BaseGenerator``. A view reads
    the generator's attributes as they are now.

    Raises:
        GeneratorError: the object is not a generator; the message names the missing members or the remedy.
    """
    if isinstance(generator, BaseGenerator):
        return generator
    missing = [name for name in MEMBERS if not hasattr(generator, name)]
    if missing:
        raise GeneratorError(f"Expected a generator, not {_described(generator)}; {_advice(generator, missing)}.")
    return CompletedGenerator(generator)


class CompletedGenerator(BaseGenerator):
    """Any object with the members of ``Generator``, with the defaults of ``BaseGenerator`` for the capabilities that it lacks.

    Attributes:
        core: the generator.
    """

    def __init__(self, core: Generator) -> None:
        self.core = core
        self._digest = ""
        super().__init__(
            name=core.name,
            fingerprint="",
            resolution=core.resolution,
            channels=core.channels,
            spaces=core.spaces,
            presets=core.presets if isinstance(core, RegionPresets) else NO_FAMILY,
            device=torch.device(core.device),
            dtype=core.dtype,
        )
        if isinstance(core, Conditional):
            self.conditions = core.conditions
            self.explicit_conditions = frozenset(
                getattr(core, "explicit_conditions", ())
                or (name for name, value in vars(DEFAULT).items() if getattr(core.conditions, name) != value)
            )
        if isinstance(core, LinearSpaces):
            self.linear_spaces = tuple(core.linear_spaces)
        if isinstance(core, BatchLimit):
            self.batch = core.batch
        if isinstance(core, SegmentsImages):
            self.segmenter = core.segmenter
        self.layer_resolutions = tuple(getattr(core, "layer_resolutions", ()))

    @property
    def fingerprint(self) -> str:
        """Fingerprint that the object gives, or a digest of its modules' weights and of two images."""
        if isinstance(self.core, Fingerprinted):
            return self.core.fingerprint
        self._digest = self._digest or self._fingerprint_now()
        return self._digest

    @fingerprint.setter
    def fingerprint(self, digest: str) -> None:
        self._digest = digest

    def _weights(self) -> Mapping[str, Tensor]:
        if isinstance(self.core, nn.Module):
            return self.core.state_dict()
        modules = {name: value for name, value in vars(self.core).items() if isinstance(value, nn.Module)}
        return {
            f"{name}.{key}": tensor for name, module in modules.items() for key, tensor in module.state_dict().items()
        }

    def _fingerprint_now(self) -> str:
        where = self.space(None)
        values, _ = standard_normal(_PROBE_SEEDS, where.dimensions)
        with torch.no_grad():
            images = self.render(values.to(self.device, self.dtype), where.name)
        weights = self._weights()
        return wrapped_fingerprint(tensors_fingerprint(weights) if weights else "", list(where.shape), images)

    def render(self, values: Latent, space: str) -> Image:
        images = self.core.render(values, space)
        shape = (self.channels, *self.resolution)
        if not isinstance(images, Tensor) or tuple(images.shape[1:]) != shape:
            found = tuple(images.shape) if isinstance(images, Tensor) else type(images).__name__
            raise GeneratorError(
                f"{self.name}.render returned {found} for {len(values)} codes; expected (codes, {', '.join(map(str, shape))})."
            )
        return images

    def sample(self, seed: int | Sequence[int], space: str | None = None) -> LatentCode:
        seeds, where = checked_seeds(seed), self.space(space).name
        given = seeds[0] if isinstance(seed, int | np.integer) else list(seeds)
        if where == self.default_space or isinstance(self.core, ConvertsCodes):
            code = self.core.sample(given)
        else:
            code = self.core.sample(given, where)
        if not isinstance(code, LatentCode):
            raise LatentError(
                f"{self.name}.sample returned a value of type {type(code).__name__}; return resefa.LatentCode(values, space, seeds)."
            )
        return self.convert(code, where)

    def convert(self, code: LatentCode, space: str) -> LatentCode:
        if code.space != space and isinstance(self.core, ConvertsCodes):
            return self.core.convert(code, self.space(space).name)
        return super().convert(code, space)

    def motion(self, space: str | None = None, layers: str | None = None, code_space: str | None = None) -> Motion:
        if isinstance(self.core, MovesLayers):
            return self.core.motion(space, layers, code_space)
        return super().motion(space, layers, code_space)

    def render_moved(self, base: Latent, motion: Motion, vectors: Latent) -> Image:
        if isinstance(self.core, RendersMotions):
            return self.core.render_moved(base, motion, vectors)
        return super().render_moved(base, motion, vectors)

    def first_maps(self, motion: Motion) -> Tensor:
        if isinstance(self.core, LinearSpaces):
            return self.core.first_maps(motion)
        return super().first_maps(motion)

    def under(self, **changes: Any) -> Self:
        if not isinstance(self.core, Conditional):
            return super().under(**changes)
        other = type(self)(self.core.under(**changes))
        other.explicit_conditions = self.explicit_conditions | frozenset(changes)
        return other

    def at_resolution(self, height: int) -> Self:
        if isinstance(self.core, IntermediateImages):
            return type(self)(self.core.at_resolution(height))
        return super().at_resolution(height)

    def synthesize(self, code: LatentCode | Tensor, *, batch: int | None = None) -> Image:
        if isinstance(self.core, Synthesizes) and batch is None:
            return self.core.synthesize(code)
        return super().synthesize(code, batch=batch)


def _described(value: object) -> str:
    """``a Sequential``, ``the path 'faces.pt'``, ``a Tensor of shape (1, 100)``."""
    if value is None:
        return "None"
    if isinstance(value, str | os.PathLike):
        return f"the text {printable(repr(str(value)), 60)}"
    shape = f" of shape {tuple(value.shape)}" if isinstance(value, Tensor | np.ndarray) else ""
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}{shape}"


def _advice(value: object, missing: Sequence[str]) -> str:
    if isinstance(value, str | os.PathLike):
        return f"open the file or card first: generator = resefa.load({printable(repr(str(value)), 60)})"
    if isinstance(value, LatentCode | Tensor | np.ndarray):
        return "the order of arguments is generator, code, region"
    if hasattr(value, "render") or hasattr(value, "sample"):
        return f"resefa.Generator also needs {', '.join(missing)}"
    if callable(value):
        return "wrap it first: generator = resefa.wrap(module, latent_shape)"
    return "give the result of resefa.load or resefa.wrap, or an object with the members of resefa.Generator"
