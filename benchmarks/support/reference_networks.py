"""The references' own generators, from a checkout outside this project, with random weights; only to be timed beside ours.

Expected checkouts: NVlabs/stylegan2-ada-pytorch, NVlabs/stylegan3, huggingface/pytorch-pretrained-BigGAN.
"""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

Function = Callable[[Tensor], Tensor]


class Reference(NamedTuple):
    function: Function
    tensors: dict[str, Tensor]
    """Its state dict: ours is made of the same weights."""


def _stand_in(name: str, **members: object) -> None:
    """A module that the checkout imports, never calls here, and that may be missing."""
    try:
        importlib.import_module(name)
    except ImportError:
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(members)


def _nvidia(checkout: Path, module: str) -> types.ModuleType:
    from packaging import version

    sys.path.insert(0, str(checkout))
    _stand_in("pkg_resources", parse_version=version.parse)
    _stand_in("requests")
    return importlib.import_module(module)


def _still(network: nn.Module) -> nn.Module:
    return network.eval().requires_grad_(False)


def stylegan2(checkout: Path, resolution: int) -> Reference:
    """Config f of NVlabs/stylegan2-ada-pytorch: takes w."""
    network = _still(_nvidia(checkout, "training.networks").Generator(
        z_dim=512, c_dim=0, w_dim=512, img_resolution=resolution, img_channels=3,
        mapping_kwargs={"num_layers": 8}, synthesis_kwargs={"channel_base": 32768, "channel_max": 512},
    ))  # fmt: skip
    layers = network.num_ws
    return Reference(
        lambda w: network.synthesis(w[:, None].expand(-1, layers, -1), noise_mode="const"), network.state_dict()
    )


def stylegan3(checkout: Path, resolution: int, rotation: bool = False) -> Reference:
    """Configuration T (or R) of NVlabs/stylegan3, with its published widths: takes w."""
    module = _nvidia(checkout, "training.networks_stylegan3")
    extra = {"conv_kernel": 1, "use_radial_filters": True} if rotation else {}
    network = _still(module.Generator(
        z_dim=512, c_dim=0, w_dim=512, img_resolution=resolution, img_channels=3, mapping_kwargs={"num_layers": 2},
        channel_base=65536 if rotation else 32768, channel_max=1024 if rotation else 512, num_fp16_res=0,
        magnitude_ema_beta=0.5 ** (32 / 20e3), **extra,
    ))  # fmt: skip
    layers = network.num_ws
    return Reference(lambda w: network.synthesis(w[:, None].expand(-1, layers, -1)), network.state_dict())


def biggan_deep(checkout: Path, resolution: int) -> Reference:
    """BigGAN-deep of huggingface/pytorch-pretrained-BigGAN (128 x 128): takes (z, class embedding)."""
    package = types.ModuleType("pretrained_biggan")
    package.__path__ = [str(checkout / "pytorch_pretrained_biggan")]
    sys.modules[package.__name__] = package
    # Its file_utils are for downloads, through libraries that need not be here.
    sys.modules[f"{package.__name__}.file_utils"] = types.ModuleType("file_utils")
    vars(sys.modules[f"{package.__name__}.file_utils"])["cached_path"] = None
    model, config = (importlib.import_module(f"{package.__name__}.{name}") for name in ("model", "config"))
    if resolution != 128:
        raise SystemExit("the reference of BigGAN-deep is built at 128 x 128 only")
    network = model.BigGAN(config.BigGANConfig())
    with torch.no_grad():  # power iterations: at its first draw the spectral norm lets the numbers grow without bound
        for _ in range(3):
            network.train().generator(torch.randn(1, 256), 0.5)
    _still(network)
    return Reference(lambda code: network.generator(code, 0.5), network.state_dict())


REFERENCES: dict[str, Callable[[Path, int], Reference]] = {
    "stylegan2": stylegan2,
    "stylegan3": stylegan3,
    "stylegan3-r": lambda checkout, resolution: stylegan3(checkout, resolution, rotation=True),
    "biggan-deep": biggan_deep,
}
