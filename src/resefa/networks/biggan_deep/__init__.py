"""BigGAN-deep (Brock, Donahue and Simonyan, ICLR 2019, appendix B)."""

from resefa.networks.biggan_deep.network import BigGANDeepNetwork

__all__ = ["BigGANDeepNetwork"]
