"""Losses of StyleGAN2: logistic losses, R1 and path length regularization."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from resefa.types import Image


def discriminator_loss(of_drawn: Tensor, of_generated: Tensor) -> Tensor:
    """Logistic loss of the scores (Goodfellow et al., NeurIPS 2014)."""
    return F.softplus(-of_drawn).mean() + F.softplus(of_generated).mean()


def generator_loss(of_generated: Tensor) -> Tensor:
    """Non-saturating logistic loss of the scores."""
    return F.softplus(-of_generated).mean()


def r1_penalty(scores: Tensor, images: Image) -> Tensor:
    """Mean squared norm of the scores' gradient at drawn images (Mescheder et al., ICML 2018, equation 9, without gamma / 2)."""
    (gradient,) = torch.autograd.grad(scores.sum(), images, create_graph=True)
    return gradient.square().sum((1, 2, 3)).mean()


def path_lengths(images: Image, ws: Float[Tensor, "b l n"]) -> Tensor:
    """Norms of the Jacobian's product with random images, (b,): StyleGAN2, section 3.2.

    The squared norm is averaged over layers, as in the original program.
    """
    noise = torch.randn_like(images) / images.shape[-1]
    (gradient,) = torch.autograd.grad((images * noise).sum(), ws, create_graph=True)
    return gradient.square().sum(2).mean(1).sqrt()
