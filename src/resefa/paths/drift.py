"""The changes of one image at a displacement of its code, inside and outside the region, with their gradients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.func import vjp

from resefa.discovery.edited_images import EditedImages
from resefa.jacobian.gram_matrices import value_weights
from resefa.metrics.change import Change
from resefa.runtime.allocator import large_buffers_kept
from resefa.runtime.out_of_memory import memory_errors_said
from resefa.runtime.session import Session
from resefa.runtime.tf32 import no_tf32


@dataclass(eq=False)
class Drift:
    """Mean squared changes of an image's features, ``E_f(v) = |x_f(v) - x_f(0)|^2`` inside and ``E_b(v)`` outside (means over values).

    Args:
        images: of a single code.
        parts: the weights of wanted and of unwanted change on its features, (h, w) or (f, h, w).
        session: cancellation.

    Attributes:
        made: number of images.
        products: number of VJPs.
        reference: (m,) features of the unedited image.
    """

    images: EditedImages
    parts: tuple[Tensor, Tensor]
    session: Session
    made: int = field(default=0, init=False)
    products: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._function, self._point = self.images.function()
        channels = self.images.shape[0]
        flat = [value_weights(part, channels).to(self._point) for part in self.parts]
        self._inside, self._outside = (weights / weights.sum() for weights in flat)
        with torch.no_grad(), no_tf32():
            self.reference = self._function(self._point)[0].flatten()
        self.made += 1

    @property
    def dimensions(self) -> int:
        """The number n of values of a displacement."""
        return self._point.shape[1]

    def at(self, place: Tensor) -> DriftAt:
        """The image at a displacement (n,) float64 from the code."""
        self.session.check_cancelled()
        point = self._point + place.to(self._point)[None]
        lacking = memory_errors_said("the VJPs of one image", self._point.device)
        with large_buffers_kept(), no_tf32(), torch.enable_grad(), lacking:
            features, pull_back = vjp(lambda z: self._function(z)[0].flatten(), point)[:2]
        self.made += 1
        moved = (features - self.reference).detach()
        squares = moved.double().square()
        change = Change(float((squares * self._inside).sum()), float((squares * self._outside).sum()))

        def pulled(weights: Tensor) -> Tensor:
            with large_buffers_kept(), torch.enable_grad(), no_tf32(), memory_errors_said("a VJP", self._point.device):
                (row,) = pull_back(2 * weights * moved, retain_graph=True)
            self.products += 1
            return row[0].detach().to("cpu", torch.float64)

        return DriftAt(place, change, lambda: pulled(self._inside), lambda: pulled(self._outside))


@dataclass(frozen=True, eq=False)
class DriftAt:
    """The changes at one displacement.

    Attributes:
        place: (n,) float64.
        change: E_f and E_b.
        inside_gradient: computes the gradient of E_f, (n,) float64, by one VJP.
        outside_gradient: the same of E_b.
    """

    place: Tensor
    change: Change
    inside_gradient: Callable[[], Tensor]
    outside_gradient: Callable[[], Tensor]

    @property
    def level(self) -> float:
        """The root of the change inside."""
        return self.change.inside**0.5
