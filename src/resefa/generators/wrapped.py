"""``WrappedGenerator``: a module or callable of the user, with its images in [-1, 1] and checked on trial batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from resefa.errors import GeneratorError, ResefaError, printable
from resefa.generators.base import BaseGenerator
from resefa.generators.fingerprint import tensors_fingerprint, wrapped_fingerprint
from resefa.generators.output_range import check_values, in_range
from resefa.latents.code import LatentCode
from resefa.latents.seeds import standard_normal
from resefa.latents.space import LatentSpace, given_code
from resefa.runtime.out_of_memory import is_out_of_memory, memory_errors_said
from resefa.types import Image, Latent

PROBE_SEEDS = (0, 1)
PROBE_BATCHES = (1, 3)
"""Sizes of the trial batches beside the first, which has two codes."""


class WrappedGenerator(BaseGenerator):
    """A callable from codes to images, with its output brought to [-1, 1]."""

    def __init__(
        self,
        function: Callable[[Tensor], Any],
        latent_shape: tuple[int, ...],
        output_range: tuple[float, float],
        *,
        name: str,
        weights: str,
        presets: str,
        device: torch.device,
        dtype: torch.dtype,
        space: str = "Z",
    ) -> None:
        self.function = function
        self.latent_shape = latent_shape
        self.output_range = output_range
        where = LatentSpace(space, latent_shape)
        super().__init__(
            name=name,
            fingerprint="",
            resolution=(0, 0),
            channels=0,
            spaces={space: where},
            presets=presets,
            device=device,
            dtype=dtype,
        )
        images = self._probe(where)
        self.channels, self.resolution = images.shape[1], (images.shape[2], images.shape[3])
        self.fingerprint = self._fingerprint_of(weights, images)

    def _weights(self) -> Mapping[str, Tensor]:
        return self.function.state_dict() if isinstance(self.function, nn.Module) else {}

    def _fingerprint_now(self) -> str:
        (where,) = self.spaces.values()
        values, _ = standard_normal(PROBE_SEEDS, where.dimensions)
        with torch.no_grad():
            images = self.render(values.to(self.device, self.dtype), where.name)
        return self._fingerprint_of(tensors_fingerprint(self._weights()), images)

    def _fingerprint_of(self, weights: str, images: Image) -> str:
        if not weights:
            return tensors_fingerprint({"images of the probe codes": images})
        return wrapped_fingerprint(weights, [self.latent_shape, self.output_range], images)

    def render(self, values: Latent, space: str) -> Image:
        return in_range(self._made(values), self.output_range)

    def _made(self, values: Latent) -> Any:
        """The function's images, in its own range of values."""
        images = self.function(values.reshape(-1, *self.latent_shape))
        # Several public generators return (image, latents).
        return images[0] if isinstance(images, tuple | list) and images else images

    def synthesize(self, code: LatentCode | Tensor, *, batch: int | None = None) -> Image:
        """See ``BaseGenerator.synthesize``.

        Raises:
            GeneratorError: the function fails on a batch of this size, or gives a different number of images than codes.
        """
        try:
            images = super().synthesize(code, batch=batch)
        except ResefaError:
            raise
        except Exception as error:  # the user's own code may raise anything
            count = len(given_code(code, self))
            raise GeneratorError(f"{self.name} failed on {count} codes: {reason_of(error)}.") from error
        if len(images) != (count := len(given_code(code, self))):
            raise GeneratorError(f"{self.name} made {len(images)} images from {count} codes; {_ONE_BATCH}.")
        return images

    def _probe(self, space: LatentSpace) -> Image:
        """Two trial images, with every check that is possible before use."""
        values, _ = standard_normal(PROBE_SEEDS, space.dimensions)
        values = values.to(self.device, self.dtype)
        made = self._tried(values)
        if not isinstance(made, Tensor) or made.ndim != 4 or len(made) != 2 or made.shape[1] not in (1, 3):
            raise GeneratorError(f"{self.name} returned {_described(made)}")
        if not made.is_floating_point():
            raise GeneratorError(
                f"{self.name} returns images of {str(made.dtype).removeprefix('torch.')}, which have no derivative; return images "
                "before they are rounded to integers."
            )
        if not bool(torch.isfinite(made).all()):
            raise GeneratorError(
                f"{self.name} returns NaN or infinity on a trial batch; check the weights and the precision."
            )
        images = in_range(made, self.output_range)
        # A traced program may accept one batch size only: others fail, or give wrong images.
        for count in PROBE_BATCHES:
            codes = torch.cat([values, values])[:count]
            again = in_range(self._tried(codes), self.output_range)
            if not isinstance(again, Tensor) or again.shape != (count, *images.shape[1:]):
                raise GeneratorError(
                    f"{self.name} returned {tuple(getattr(again, 'shape', ()))} for {count} codes; {_ONE_BATCH}."
                )
            tolerance = 1e-2 if self.dtype in (torch.float16, torch.bfloat16) else 1e-3
            if float((torch.cat([images, images])[:count] - again).abs().max()) > tolerance:
                raise GeneratorError(
                    f"{self.name} makes different images from the same code: it draws fresh noise at each call, mixes the codes "
                    "of a batch or is in training mode; fix the noise (noise_mode='const') and call module.eval()."
                )
        check_values(made, self.output_range, self.name)
        return images

    def _tried(self, values: Latent) -> Any:
        """Images of trial codes.

        Raises:
            GeneratorError: the function raised an error.
        """
        with torch.no_grad(), memory_errors_said(f"{len(values)} trial images", self.device):
            try:
                return self._made(values)
            except Exception as error:  # the user's own code may raise anything
                if is_out_of_memory(error):
                    raise
                # A traced program may accept no batch size but its own.
                if len(values) != 2:
                    advice = _ONE_BATCH
                elif isinstance(self.function, torch.jit.ScriptModule):
                    advice = f"check latent_shape; if that is right, {_ONE_BATCH}"
                else:
                    advice = "check latent_shape, and that the module takes a batch on its first axis"
                raise GeneratorError(
                    f"{self.name} failed on a trial batch of {len(values)} codes of shape {self.latent_shape}: "
                    f"{reason_of(error)}; {advice}."
                ) from error


_ONE_BATCH = (
    "it may have been traced with a fixed batch size: export it with a dynamic batch axis (torch.jit.script, or "
    "torch.export with dynamic_shapes)"
)


def reason_of(error: Exception, most: int = 200) -> str:
    """The line of an error that names the cause; TorchScript writes a traceback before that line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    told = lines[-1] if "TorchScript" in str(error) else lines[0]
    return printable(told.removeprefix("RuntimeError: ").rstrip("."), most)


def _described(made: Any) -> str:
    """A wrong return value, and how to correct the nearest mistake."""
    if not isinstance(made, Tensor):
        return f"{type(made).__name__} for two codes: expected a tensor of images (2, 3 or 1, height, width)."
    shape = tuple(made.shape)
    said = f"{shape} for two codes: expected images of shape (2, 3, height, width) or (2, 1, height, width)"
    if made.ndim == 4 and len(made) == 2 and shape[3] in (1, 3):
        return f"{said}; move the channels with .permute(0, 3, 1, 2)."
    if made.ndim == 4 and len(made) == 2 and shape[1] == 4:
        return f"{said}; lay transparent images over white, or return images[:, :3]."
    if made.ndim == 3 and len(made) == 2:
        return f"{said}; add the axis of channels with .unsqueeze(1)."
    return f"{said}."
