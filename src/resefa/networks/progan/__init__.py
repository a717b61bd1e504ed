"""ProGAN."""

from resefa.networks.progan.network import ProGANNetwork

__all__ = ["ProGANNetwork"]
