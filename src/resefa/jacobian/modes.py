"""Three modes of automatic differentiation for JVPs, from the fastest to the one that most modules support."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import cache

import torch
import torch.autograd.forward_ad as forward_ad
from torch import Tensor
from torch.func import jvp, vmap

from resefa.errors import GeneratorError
from resefa.runtime.jacobian_layout import DUAL, FORWARD
from resefa.runtime.tf32 import no_tf32

ZERO = "the derivative is zero everywhere"
CUT = "the output does not depend on the code by differentiable operations"


@cache
def load_derivative_rules() -> None:
    """Make torch register its rules for forward mode and ``vmap`` now, without the deprecation warnings of that step.

    From 2.14 on it warns there of a function of its own that is deprecated; the user's warnings are left alone.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r".*torch\.jit\.")
        with forward_ad.dual_level():
            forward_ad.make_dual(torch.zeros(1), torch.zeros(1))
        vmap(torch.sin)(torch.zeros(1, 1))


def jvps(function: Callable[[Tensor], Tensor], point: Tensor, vectors: Tensor, mode: str) -> Tensor:
    """``J v`` for each row v of ``vectors`` (k, n), at ``point`` (1, n): (k, m), in one of MODES."""
    if mode == FORWARD:
        with torch.no_grad(), no_tf32(), warnings.catch_warnings():
            # An operation without a batching rule runs in a loop: slower and still right.
            warnings.filterwarnings("ignore", message="There is a performance drop", category=UserWarning)
            tangents = vmap(lambda v: jvp(function, (point,), (v[None],))[1][0])(vectors)
    elif mode == DUAL:
        with torch.no_grad(), no_tf32(), forward_ad.dual_level():
            repeated = point.expand(len(vectors), -1).contiguous()
            output = function(forward_ad.make_dual(repeated, vectors.contiguous()))
            found = forward_ad.unpack_dual(output).tangent
            tangents = torch.zeros_like(output) if found is None else found.clone()
    else:
        # J v as the derivative of u -> J^T u, which is linear in u: two backward passes.
        with torch.enable_grad(), no_tf32():
            repeated = point.expand(len(vectors), -1).clone().requires_grad_()
            output = function(repeated)
            if not output.requires_grad:
                raise RuntimeError(CUT)
            u = torch.zeros_like(output, requires_grad=True)
            (pulled,) = torch.autograd.grad(output, repeated, u, create_graph=True)
            (tangents,) = torch.autograd.grad(pulled, u, vectors)
    return tangents.detach().reshape(len(vectors), -1)


def not_differentiable(reasons: Sequence[str]) -> GeneratorError:
    """The error for a generator that no mode can differentiate; ``reasons`` has the failure of each mode."""
    if reasons[0] == ZERO and reasons[-1] != CUT:
        return GeneratorError(
            "Every derivative of the image with respect to the latent code is zero. The output may be rounded, clamped or saturated, the code "
            "copied with .detach(), or the layers without effect; try a different seed, space or layers, or change the module."
        )
    return GeneratorError(
        f"The generator cannot be differentiated ({reasons[0][:160]}); "
        "it must compute the image from the latent code by differentiable torch operations, without NumPy, .item() or .detach()."
    )
