"""Networks that people have and that are not built here, told by names of their tensors or classes, so that they are named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from torch import Tensor

from resefa.errors import ModelError

_MOST_KEYS = 20_000
_DIFFUSION = "a diffusion model, which makes images in many steps rather than from one latent code"
_TRANSLATION = "a generator that turns one picture into another, rather than a latent code into a picture"

_TENSORS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("a StyleGAN-XL generator", (r"mapping\.embed_proj\.", r"synthesis\.")),
    (
        "an EG3D generator (3D-aware, of tri-planes)",
        (r"backbone\.(synthesis|mapping)\.", r"(superresolution|decoder)\."),
    ),
    ("a StyleNeRF generator", (r"synthesis\.(fg_nerf|bg_nerf|nerf)\.",)),
    ("a pi-GAN generator", (r"siren\.",)),
    ("a GIRAFFE generator", (r"(bounding_box_generator|neural_renderer)\.",)),
    ("a FastGAN generator", (r"(synthesis\.)?init\.init\.0\.", r"(synthesis\.)?(feat|se)_\d+\.")),
    ("a lightweight-gan generator", (r"initial_conv\.0\.", r"out_conv\.", r"layers\.0\.")),
    ("a StyleSwin generator", (r"layers\.0\.blocks\.0\.", r"to_rgbs\.0\.")),
    ("a CIPS generator", (r"lff\.ffm\.",)),
    ("a SWAGAN generator", (r"(to_rgbs\.0\.|to_rgb1\.)iwt\.",)),
    ("a GANformer generator", (r"synthesis\.b\d+\.(conv\d\.)?transformer\.",)),
    ("a ProGAN of pytorch_GAN_zoo", (r"scaleLayers\.0\.", r"formatLayer\.")),
    ("an MSG-GAN generator", (r"layers\.0\.conv_1\.", r"rgb_converters\.0\.")),
    ("a BigGAN of PyTorch-StudioGAN", (r"linear0\.", r"blocks\.0\.0\.(bn1|conv2d1)\.")),
    ("a SAGAN generator", (r"l1\.0\.(module\.)?weight(_bar|_orig)?$", r"attn1\.gamma")),
    ("an SNGAN of mimicry", (r"l1\.(weight|bias)", r"block2\.c1\.")),
    ("a StarGAN v2 generator", (r"from_rgb\.", r"encode\.0\.", r"decode\.0\.")),
    (f"{_TRANSLATION} (SPADE)", (r"(head_0|up_0)\.norm_0\.mlp_",)),
    (f"{_TRANSLATION} (CycleGAN or pix2pix)", (r"model\.\d+\.conv_block\.",)),
    (f"{_TRANSLATION} (pix2pix)", (r"model\.model\.\d+\.model\.",)),
    ("a super-resolution network", (r"conv_first\.", r"(RRDB_trunk|body)\.0\.")),
    (_DIFFUSION, (r"model\.diffusion_model\.",)),
    (_DIFFUSION, (r"(down_blocks|input_blocks)\.\d+\.", r"time_emb(ed|edding)\.")),
    ("a VQGAN or VAE", (r"(quantize\.embedding|quant_conv)\.", r"decoder\.")),
    ("a language model", (r"(transformer\.h|model\.layers|encoder\.layer|bert\.encoder\.layer)\.0\.",)),
    ("a classifier of images", (r"layer1\.0\.conv1\.", r"fc\.")),
    ("a VGG network", (r"features\.0\.", r"classifier\.")),
)
"""Names, and patterns of which each begins a tensor's name."""

_CLASSES: tuple[tuple[str, str], ...] = (
    ("a FastGAN generator", r"fastgan"),
    ("an EG3D generator (3D-aware, of tri-planes)", r"triplane"),
    ("a StyleGAN-XL generator", r"stylegan_?xl|superresgenerator|stylegan3_resetting"),
    ("a StyleNeRF generator", r"stylenerf|\bnerfblock"),
    ("a StyleSwin generator", r"styleswin"),
    ("a GigaGAN generator", r"gigagan"),
    ("a StyleGAN-T generator", r"stylegan_?t\b"),
    ("a pi-GAN generator", r"\bsiren"),
    ("a GIRAFFE generator", r"giraffe"),
    (_DIFFUSION, r"diffusion|\bunet"),
)


class NotBuiltError(ModelError):
    """A network that is known, and that is not built here."""


def named_by_tensors(tensors: Mapping[str, Tensor]) -> str:
    """What the network is, or "" where it is none of these."""
    text = "\n".join(list(tensors)[:_MOST_KEYS])
    for name, patterns in _TENSORS:
        if all(re.search(f"(?m)^{pattern}", text) for pattern in patterns):
            return name
    # A StyleGAN3 with an embedding of class features: NVIDIA's embeds labels by a layer that has a bias.
    embeds = "mapping.embed.weight" in tensors and "mapping.embed.bias" not in tensors
    return "a StyleGAN-XL generator" if embeds and "synthesis.input.freqs" in tensors else ""


def named_by_classes(names: Iterable[str]) -> str:
    """The same by the classes that a pickle names."""
    text = " ".join(name[:200] for name in names).lower()
    return next((name for name, pattern in _CLASSES if re.search(pattern, text)), "")
