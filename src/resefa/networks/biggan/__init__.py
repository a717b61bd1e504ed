"""BigGAN (Brock, Donahue and Simonyan, ICLR 2019)."""

from resefa.networks.biggan.network import BigGANNetwork

__all__ = ["BigGANNetwork"]
