"""Any differentiable module or callable as a generator, in one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from resefa.errors import GeneratorError, LatentError
from resefa.generators.base import BaseGenerator
from resefa.generators.fingerprint import tensors_fingerprint
from resefa.latents.space import LatentSpace, standard_normal
from resefa.operators.out_of_memory import check_batch, is_out_of_memory, memory_errors_said
from resefa.tensor_types import Image, Latent

PROBE_SEEDS = (0, 1)


class WrappedGenerator(BaseGenerator):
    """A callable from codes to images, with its output brought to [-1, 1]."""

    def __init__(
        self,
        function: Callable[[Tensor], Any],
        latent_shape: tuple[int, ...],
        output_range: tuple[float, float],
        *,
        name: str,
        fingerprint: str,
        presets: str,
        device: torch.device,
        dtype: torch.dtype,
        space: str = "Z",
    ) -> None:
        self.function = function
        self.latent_shape = latent_shape
        low, high = output_range
        self._scale, self._shift = 2 / (high - low), -(high + low) / (high - low)
        where = LatentSpace(space, latent_shape)
        super().__init__(
            name=name,
            fingerprint=fingerprint,
            resolution=(0, 0),
            channels=0,
            spaces={space: where},
            presets=presets,
            device=device,
            dtype=dtype,
        )
        images = self._probe(where)
        self.channels, self.resolution = images.shape[1], (images.shape[2], images.shape[3])
        self.fingerprint = fingerprint or tensors_fingerprint({"images of the probe codes": images})

    def render(self, values: Latent, space: str) -> Image:
        images = self.function(values.reshape(-1, *self.latent_shape))
        if isinstance(images, tuple | list) and images:
            images = images[0]  # several public generators return (image, latents)
        return images if (self._scale, self._shift) == (1, 0) else images * self._scale + self._shift

    def _probe(self, space: LatentSpace) -> Image:
        """Two trial images, and every check that one can make on them in advance."""
        values, _ = standard_normal(PROBE_SEEDS, space.dimensions)
        values = values.to(self.device, self.dtype)
        with torch.no_grad(), memory_errors_said("two trial images", self.device):
            try:
                images = self.render(values, space.name)
                again = self.render(values[:1], space.name)
            except Exception as error:  # the user's own code may raise anything
                if is_out_of_memory(error):
                    raise
                reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
                raise GeneratorError(
                    f"{self.name} failed on a trial batch of two codes of shape {self.latent_shape}: {reason}. Check "
                    "latent_shape, and that the module takes a batch on its first axis."
                ) from error
        if not isinstance(images, Tensor) or images.ndim != 4 or len(images) != 2 or images.shape[1] not in (1, 3):
            shape = tuple(images.shape) if isinstance(images, Tensor) else type(images).__name__
            raise GeneratorError(
                f"{self.name} returned {shape} for two codes: expected images of shape (2, 3, height, width) or "
                "(2, 1, height, width)."
            )
        if not bool(torch.isfinite(images).all()):
            raise GeneratorError(
                f"{self.name} returns NaN or infinity on a trial batch: check its weights and precision."
            )
        tolerance = 1e-2 if self.dtype in (torch.float16, torch.bfloat16) else 1e-3
        if float((images[:1] - again).abs().max()) > tolerance:
            raise GeneratorError(
                f"{self.name} makes another image from the same code: it draws fresh noise at each call or is in "
                "training mode, and needs fixed noise (noise_mode='const') and module.eval()."
            )
        if float(images.abs().max()) > 4:
            raise GeneratorError(
                f"{self.name} returns values from {float(images.min()):.3g} to {float(images.max()):.3g} once output_range "
                "is brought to (-1, 1): give the range that it really has, for example output_range=(0, 255)."
            )
        return images


def wrap(
    module: nn.Module | Callable[[Tensor], Tensor],
    latent_shape: Sequence[int] | int,
    output_range: tuple[float, float] = (-1.0, 1.0),
    *,
    name: str | None = None,
    presets: str = "aligned-ffhq",
    space: str = "Z",
    device: torch.device | str | None = None,
    dtype: torch.dtype | None = None,
    batch: int | None = None,
) -> WrappedGenerator:
    """Bring your own generator.

    Args:
        module: takes (b, *latent_shape), returns images (b, 3 or 1, h, w). A module is put in evaluation mode, and its
            weights are left alone. A callable must be differentiable by torch and use a code's own row only.
        latent_shape: shape of one code without the batch, for example (100,), (512,) or (100, 1, 1).
        output_range: the values that mean black and white.
        name: what to call it in results; default the class's or function's name.
        presets: family of region presets that fit its images.
        space: name of its latent space.
        device, dtype: where it computes; default where a module's weights are, else the CPU in float32.
        batch: the most images or derivatives that go through it at once; default: chosen from the memory.

    Raises:
        GeneratorError: it fails on a trial batch, or returns no images, NaN, or another image at each call.
    """
    shape = (latent_shape,) if isinstance(latent_shape, int) else tuple(int(size) for size in latent_shape)
    most = check_batch(batch)
    if not shape or min(shape) < 1:
        raise LatentError(f"latent_shape {latent_shape!r} came: give the shape of one code, for example (100,).")
    low, high = output_range
    if not high > low:
        raise GeneratorError(f"output_range {output_range!r} came: give (black, white) with white above black.")
    if not callable(module):
        raise GeneratorError(f"{type(module).__name__} came where a torch.nn.Module or a callable was expected.")
    name = name or getattr(module, "__name__", None) or type(module).__name__
    fingerprint, place, precision = "", torch.device("cpu"), torch.float32
    if isinstance(module, nn.Module):
        tensors = dict(module.state_dict())
        first = next((t for t in tensors.values() if t.is_floating_point()), None)
        if first is not None:
            fingerprint, place, precision = tensors_fingerprint(tensors), first.device, first.dtype
        # An exported graph has no modes: it is what it was when it was exported.
        if not isinstance(module, torch.fx.GraphModule):
            module.eval()
        if device is not None or dtype is not None:
            module.to(device=device, dtype=dtype)
    generator = WrappedGenerator(
        module,
        shape,
        (float(low), float(high)),
        name=name,
        fingerprint=fingerprint,
        presets=presets,
        device=torch.device(device) if device is not None else place,
        dtype=dtype or precision,
        space=space,
    )
    generator.batch = most
    return generator
