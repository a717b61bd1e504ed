"""Intermediate activations of a generator's network, which have the same meaning in every image: for correspondences between images."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from resefa.errors import GeneratorError
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode

_FEWEST_CHANNELS = 5
"""Activations with fewer channels are images."""
SIZES = (8, 64)
"""Smallest and largest height of the maps: smaller maps show no places, larger maps show texture."""


def feature_maps(generator: BaseGenerator, code: LatentCode) -> list[Tensor]:
    """The last activation at each resolution of the network, from the smallest, on the images of some codes.

    Returns:
        One tensor (b, c, h, w), float32 on the CPU, for each height within ``SIZES``.

    Raises:
        GeneratorError: the generator has no network of PyTorch modules, or the network has no such activations.
    """
    network = _network_of(generator)
    images: list[dict[int, Tensor]] = []
    for one in code if network is not None else ():
        with _recorded(network) as found:
            generator.synthesize(one)
        images.append({height: values for height, values in found.items() if SIZES[0] <= height <= SIZES[1]})
    if network is None or not images or not images[0]:
        raise GeneratorError(
            f"{generator.name} has no intermediate feature maps from which a region could be tracked; give a region for each image, or a fixed region."
        )
    return [torch.cat([image[height] for image in images]) for height in sorted(images[0])]


def _network_of(generator: BaseGenerator) -> nn.Module | None:
    for name in ("network", "function"):
        network = getattr(generator, name, None)
        if isinstance(network, nn.Module) and not isinstance(network, torch.jit.ScriptModule):
            return network
    return None


@contextmanager
def _recorded(network: nn.Module | None) -> Iterator[dict[int, Tensor]]:
    """Context manager: height -> the last activation with this height; later modules replace earlier ones."""
    found: dict[int, Tensor] = {}

    def record(_module: nn.Module, _inputs: Any, output: Any) -> None:
        values = output[0] if isinstance(output, tuple | list) and output else output
        if isinstance(values, Tensor) and values.ndim == 4 and values.shape[1] >= _FEWEST_CHANNELS:
            found[values.shape[2]] = values.detach().to("cpu", torch.float32)

    handles = [] if network is None else [module.register_forward_hook(record) for module in network.modules()]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()
