"""ProGAN."""

from resefa.generators.networks.progan.network import ProGANNetwork

__all__ = ["ProGANNetwork"]
