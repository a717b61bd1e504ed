"""Probe of an image function at a latent code: the image, and one product with its Jacobian, to detect changed functions.

All influences on an image appear in the probe: weights, attributes, closures, settings. A product with a random vector
identifies a Jacobian almost surely (Freivalds 1977). Both take one pass in forward mode, about twice the time of an image;
a Jacobian takes one pass per dimension of the code.
"""

from __future__ import annotations

import contextlib
import hashlib
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
import torch.autograd.forward_ad as forward_ad
from torch import Tensor

from resefa.errors import GeneratorError, ResefaError
from resefa.runtime.allocator import large_buffers_kept
from resefa.runtime.out_of_memory import is_out_of_memory, memory_errors_said

CLOSE = {torch.float32: 2.0**-14, torch.float64: 2.0**-43}
"""Tolerance of an image on another machine or with other threads, relative to its largest value; zero for half precision."""
PRODUCT = 16
"""Factor of the tolerance for the norm of a product, since a ReLU turns a rounding error into an error of the slope."""
_SAME = {torch.float64: 1e-9, torch.float32: 1e-3}
_ROUGH = 3e-2
"""Tolerance of an image between batches, relative to its largest value: half precision, and TF32 on a GPU."""

ImageFunction = Callable[[Tensor], Tensor]


@dataclass(frozen=True, eq=False)
class Probe:
    """Probe of one image, or of several concatenated images.

    Attributes:
        image: (m,), in the generator's precision, on the CPU.
        product: ``J v`` (m,), or ``J^T u`` (n,) without forward mode; empty without a derivative.
        environment: library, machine and number of threads; equal environments give equal bits.
    """

    image: Tensor
    product: Tensor
    environment: str

    @cached_property
    def digest(self) -> str:
        """Digest of all bits, 32 hexadecimal digits."""
        found = hashlib.sha256(f"{self.image.dtype} {len(self.image)} {len(self.product)} ".encode())
        for part in (self.image, self.product):
            found.update(as_bytes(part))
        return found.hexdigest()[:32]

    def agrees(self, other: Probe) -> bool:
        """Whether both probes belong to the same function: bit by bit, or up to rounding if machine or threads differ."""
        if self.digest == other.digest:
            return True
        bound = CLOSE.get(self.image.dtype)
        pairs = ((self.image, other.image), (self.product, other.product))
        if self.environment == other.environment or bound is None:
            return False
        if any(a.shape != b.shape or a.dtype != b.dtype or not len(a) for a, b in pairs):
            return False
        (image, known), (product, wanted) = pairs
        return bool((image - known).abs().max() <= bound * known.abs().max()) and bool(
            (product - wanted).norm() <= PRODUCT * bound * wanted.norm()
        )


def as_bytes(tensor: Tensor) -> memoryview:
    """Bytes of a tensor of any precision."""
    flat = tensor.detach().cpu().contiguous().reshape(-1)
    return flat.view(torch.uint8).numpy().data if len(flat) else memoryview(b"")


def probe_of(function: ImageFunction, point: Tensor) -> Probe:
    """Probe of ``function``, (b, n) -> (b, ...), at ``point`` (1, n)."""
    with (
        large_buffers_kept(),
        _repeatable(point.device),
        memory_errors_said("a single image with one derivative", point.device),
    ):
        image, product = _forward(function, point) or _reverse(function, point)
    return Probe(image.detach().cpu().flatten(), product.detach().cpu().flatten(), environment(point.device))


@contextlib.contextmanager
def _repeatable(device: torch.device) -> Iterator[None]:
    """Use deterministic convolutions on a GPU within the block."""
    cudnn = torch.backends.cudnn
    before = cudnn.deterministic, cudnn.benchmark
    if device.type == "cuda":
        cudnn.deterministic, cudnn.benchmark = True, False
    try:
        yield
    finally:
        if device.type == "cuda":
            cudnn.deterministic, cudnn.benchmark = before


def joined(probes: Sequence[Probe]) -> Probe:
    """Concatenated probe of several images."""
    return Probe(
        torch.cat([one.image for one in probes]),
        torch.cat([one.product for one in probes]),
        probes[0].environment,
    )


def environment(device: torch.device) -> str:
    """Environment that affects the last bits of an image: library, machine, device and threads."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else torch.backends.cpu.get_cpu_capability()
    return f"torch {torch.__version__}, {platform.system()} {platform.machine()}, {device.type} {name}, {torch.get_num_threads()} threads"


def check_repeats(function: ImageFunction, point: Tensor, probe: Probe, name: str, most: int | None = None) -> None:
    """Refuse a function whose image from a latent code changes between calls or within a batch; a batch has at most ``most`` images.

    Raises:
        GeneratorError: fresh noise at each call, or images of a batch that depend on each other.
    """
    if not bool(torch.isfinite(probe.image).all()):
        return  # reported when it is differentiated
    with torch.no_grad():
        try:
            image = function(torch.cat([point, point + _random(point, 1)])[:most])[0]
        except Exception as error:  # the user's code may raise anything, for example a program for single images
            if isinstance(error, ResefaError):
                raise
            image = function(point)[0]
        if _same(image, probe):
            return
        alone = function(point)[0]
    if not _same(alone, probe):
        raise GeneratorError(
            f"{name} makes a different image from the same latent code at each call; fix its noise, or call eval() on the module."
        )
    raise GeneratorError(
        f"{name} makes different images from a latent code alone and in a batch, as batch normalization in training mode does; call "
        "eval() on the module."
    )


def _same(image: Tensor, probe: Probe) -> bool:
    bound = _SAME.get(image.dtype, _ROUGH) if image.device.type == "cpu" else _ROUGH
    gap = (image.detach().cpu().flatten() - probe.image).abs().max()
    return bool(gap <= bound * probe.image.abs().max())


def _forward(function: ImageFunction, point: Tensor) -> tuple[Tensor, Tensor] | None:
    """Image and ``J v`` by dual numbers; None if an operation has no forward mode."""
    try:
        with torch.no_grad(), forward_ad.dual_level():
            dual = function(forward_ad.make_dual(point.clone(), _random(point, 0)))
            image, tangent = forward_ad.unpack_dual(dual)
    except (RuntimeError, NotImplementedError, TypeError, ValueError) as error:
        if is_out_of_memory(error):
            raise
        return None
    # Some operations silently lose the tangent; a zero derivative is reported by the Jacobian.
    return (image, tangent) if tangent is not None and bool(tangent.any()) else None


def _reverse(function: ImageFunction, point: Tensor) -> tuple[Tensor, Tensor]:
    """Image and ``J^T u``; no product if the function is not differentiable."""
    start = point.clone().requires_grad_()
    try:
        with torch.enable_grad():
            image = function(start)
            (product,) = torch.autograd.grad(image, start, _random(image, 0))
    except (RuntimeError, NotImplementedError, TypeError, ValueError) as error:
        if is_out_of_memory(error):
            raise
        return _image(function, point), point.new_zeros(0)
    return image, product


def _image(function: ImageFunction, point: Tensor) -> Tensor:
    try:
        with torch.no_grad():
            return function(point)
    except (ValueError, TypeError, AssertionError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise GeneratorError(
            f"The generator failed on a single latent code ({reason}); call eval() on a module in training mode."
        ) from error


def _random(like: Tensor, seed: int) -> Tensor:
    """Pseudo-random vector of norm 1, equal on all machines."""
    drawn = torch.randn(like.shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return (drawn / drawn.norm()).to(like.device, like.dtype)
