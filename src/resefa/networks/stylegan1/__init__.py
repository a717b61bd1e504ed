"""StyleGAN1."""

from resefa.networks.stylegan1.network import StyleGAN1Network

__all__ = ["StyleGAN1Network"]
