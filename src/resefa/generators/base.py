"""What all generators share: sampling, checks, batching. A family adds ``render``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import torch

from resefa.errors import GeneratorError, LatentError
from resefa.latents.code import LatentCode, as_code
from resefa.latents.space import LatentSpace, standard_normal
from resefa.tensor_types import Image, Latent

# Images made at once: more gains nothing on a CPU and costs memory on a large network.
BATCH = 16


class BaseGenerator(ABC):
    """Sampling and checked synthesis over a family's ``render``; fulfils the ``Generator`` protocol."""

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
        self.name = name
        self.fingerprint = fingerprint
        self.resolution = resolution
        self.channels = channels
        self.spaces = spaces
        self.presets = presets
        self.device = device
        self.dtype = dtype

    @abstractmethod
    def render(self, values: Latent, space: str) -> Image:
        """(b, n) -> (b, c, h, w) in [-1, 1], differentiable."""

    @property
    def default_space(self) -> str:
        return next(iter(self.spaces))

    def space(self, name: str | None) -> LatentSpace:
        """The latent space of this name, or the default one.

        Raises:
            LatentError: the generator has no such space.
        """
        if name is None:
            name = self.default_space
        if name not in self.spaces:
            raise LatentError(
                f"The space {name!r} came, but {self.name} has {', '.join(self.spaces)}: choose one of these."
            )
        return self.spaces[name]

    def sample(self, seed: int | Sequence[int], space: str | None = None) -> LatentCode:
        """One code ~ N(0, I) per seed, (b, n), the same on every machine."""
        where = self.space(space)
        values, seeds = standard_normal(seed, where.dimensions)
        return LatentCode(values.to(self.device, self.dtype), where.name, seeds)

    def synthesize(self, code: LatentCode | torch.Tensor) -> Image:
        """Images (b, c, h, w) in [-1, 1] of checked codes, without gradients."""
        code = as_code(code, self.default_space)
        where = self.space(code.space)
        where.checked(code, self.name)
        values = code.values.to(self.device, self.dtype)
        with torch.no_grad():
            blocks = [self.render(block, where.name) for block in values.split(BATCH)]
            images = torch.cat(blocks) if blocks else values.new_zeros(0, self.channels, *self.resolution)
        if not bool(torch.isfinite(images).all()):
            which = int((~torch.isfinite(images).flatten(1).all(1)).nonzero()[0, 0])
            raise GeneratorError(
                f"{self.name} returns NaN or infinity for {code.label(which)}: try another seed, a smaller strength or "
                "float32."
            )
        return images

    def __repr__(self) -> str:
        spaces = ", ".join(f"{space.name} {space.dimensions}" for space in self.spaces.values())
        height, width = self.resolution
        return f"{type(self).__name__}({self.name!r}, {height} x {width}, {spaces}, {self.device}, {self.dtype})"
