"""StyleGAN1."""

from resefa.generators.networks.stylegan1.network import StyleGAN1Network

__all__ = ["StyleGAN1Network"]
