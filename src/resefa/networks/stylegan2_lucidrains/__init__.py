"""The StyleGAN2 of lucidrains/stylegan2-pytorch, which differs from NVIDIA's in nearly every layer."""

from resefa.networks.stylegan2_lucidrains.network import StyleGAN2LucidrainsNetwork

__all__ = ["StyleGAN2LucidrainsNetwork"]
