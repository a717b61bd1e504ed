"""StyleGAN2, its variants of the ADA and StyleGAN3 releases included."""

from resefa.networks.stylegan2.network import StyleGAN2Network

__all__ = ["StyleGAN2Network"]
