"""StyleGAN3, the alias-free generator, configurations T (translation) and R (rotation)."""

from resefa.networks.stylegan3.network import StyleGAN3Network

__all__ = ["StyleGAN3Network"]
