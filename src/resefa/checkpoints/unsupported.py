"""Errors for files that no reader recognises; they say what the file holds instead.

Unsupported networks are recognised by the names of their tensors or classes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from resefa.checkpoints.entries.find import Network, find
from resefa.checkpoints.entries.names import OTHER
from resefa.errors import ModelError, WeightsError, parameter, printable
from resefa.files.archive import opened_archive
from resefa.files.file_kind import words_for
from resefa.pickles import NvidiaModule, Unbuilt

_ARCHIVE = b"PK\x03\x04"
_PROGRAMS = {"torchscript": "a TorchScript program", "torch-export": "a torch.export program"}


def refused_kind(path: Path, kind: str) -> ModelError | WeightsError:
    """Error for a kind of file that holds no weights, or for a truncated torch file."""
    with open(path, "rb") as file:
        start = file.read(512)
        file.seek(max(path.stat().st_size - 512, 0))
        end = file.read()
    if start.startswith(_ARCHIVE) and kind == "unknown":
        return WeightsError(
            f"{path.name} begins as a torch file, but ends too early, at byte {path.stat().st_size:,}, as after an "
            "interrupted download: download it again."
        )
    if kind in _PROGRAMS:
        return ModelError(
            f"{path.name} is {_PROGRAMS[kind]}, which cannot be inspected without running it. If you trust its author, "
            f"load it with {parameter('trust_program', True)} and {parameter('latent_shape')}."
        )
    return ModelError(
        f"{path.name} is {_archive_words(path) if kind == 'zip' else words_for(start, end)}, not a weights file."
    )


def _archive_words(path: Path) -> str:
    """Description of a zip archive that is not a torch file."""
    with open(path, "rb") as file, opened_archive(file, path.name) as archive:
        names = archive.namelist()
    if names and all(name.endswith(".npy") for name in names):
        return "a NumPy archive (.npz)"
    if any(name.endswith(".weights.h5") for name in names):
        return "a Keras model"
    held = ", ".join(printable(name, 60) for name in [name for name in names if not name.endswith("/")][:3])
    return f"a zip archive of {held or 'nothing'}: unpack it first"


def unknown_content(content: Any, name: str) -> ModelError:
    """Error for a file that was read but holds no supported network."""
    pieces = [each for each in find(content, lambda _: False).fragments if each.tensors]
    others = [each for each in pieces if each.rank == OTHER]
    if others and all(each.rank == OTHER or len(each.tensors) < 2 for each in pieces if not _holds(each, others)):
        return ModelError(
            f"{name} holds a discriminator or an encoder ({printable(others[0].entry, 80)}), but no generator; give the file with "
            "the generator, for example G_ema."
        )
    if isinstance(content, NvidiaModule) and "iscriminator" in content.class_name:
        return ModelError(
            f"{name} holds a discriminator, but no generator; give the file with the generator, for example G_ema."
        )
    return ModelError(
        f"{name} holds no generator in a supported layout ({_held(content, pieces)}): docs/reference/checkpoints.md lists the supported files; in Python, "
        "resefa.wrap takes any generator that is a torch module."
    )


def _holds(piece: Network, others: list[Network]) -> bool:
    """Whether a state dict consists exactly of the other state dicts."""
    inner = {each.path[len(piece.path)] for each in others if len(each.path) > len(piece.path)}
    return bool(inner) and all(key.partition(".")[0] in inner for key in piece.tensors)


def _held(content: Any, pieces: list[Network]) -> str:
    """Description of the largest state dict by its first names, or of the content without any state dict."""
    if pieces:
        largest = max(pieces, key=lambda each: len(each.tensors))
        keys = ", ".join(printable(key, 40) for key in list(largest.tensors)[:3])
        return f"the tensors{f' of {printable(largest.entry, 60)}' if largest.entry else ''} begin with {keys}"
    if isinstance(content, Mapping):
        keys = ", ".join(
            printable(key, 40) if isinstance(key, str) else type(key).__name__ for key in list(content)[:4]
        )
        return f"its keys begin with {keys or 'nothing'}"
    if isinstance(content, Unbuilt):
        return f"the content is an object of {printable(content.type_name, 80)}"
    return f"the content is a {type(content).__name__}"


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
"""Description of each network, and patterns that must all match the beginning of some tensor name."""

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
    """A recognised network that resefa does not support."""


def named_by_tensors(tensors: Mapping[str, Tensor]) -> str:
    """Identify the network from its tensors' names: its description, or "" if not recognised."""
    text = "\n".join(list(tensors)[:_MOST_KEYS])
    for name, patterns in _TENSORS:
        if all(re.search(f"(?m)^{pattern}", text) for pattern in patterns):
            return name
    # A StyleGAN3 with an embedding of class features; NVIDIA's embedding of labels has a bias.
    embeds = "mapping.embed.weight" in tensors and "mapping.embed.bias" not in tensors
    return "a StyleGAN-XL generator" if embeds and "synthesis.input.freqs" in tensors else ""


def named_by_classes(names: Iterable[str]) -> str:
    """Description of the network by the classes that a pickle names, "" if not recognised."""
    text = " ".join(name[:200] for name in names).lower()
    return next((name for name, pattern in _CLASSES if re.search(pattern, text)), "")
