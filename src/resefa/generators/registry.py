"""Registry of generator families: from a checkpoint record to its generator. A new family adds one line."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch

from resefa.checkpoints.record import CheckpointRecord
from resefa.errors import ModelError
from resefa.generators.base import BaseGenerator
from resefa.generators.biggan import BigGANDeepGenerator, BigGANGenerator
from resefa.generators.dcgan import DCGANGenerator
from resefa.generators.progan import ProGANGenerator
from resefa.generators.style import StyleGenerator
from resefa.networks.progan import ProGANNetwork
from resefa.networks.stylegan1 import StyleGAN1Network
from resefa.networks.stylegan2 import StyleGAN2Network
from resefa.networks.stylegan2_lucidrains import StyleGAN2LucidrainsNetwork
from resefa.networks.stylegan3 import StyleGAN3Network
from resefa.regions.presets import NO_FAMILY, checked_presets

FAMILIES: dict[str, Callable[..., BaseGenerator]] = {
    "dcgan": DCGANGenerator,
    "progan": partial(ProGANGenerator, network_class=ProGANNetwork),
    "stylegan1": partial(StyleGenerator, network_class=StyleGAN1Network),
    "stylegan2": partial(StyleGenerator, network_class=StyleGAN2Network),
    "stylegan2-lucidrains": partial(StyleGenerator, network_class=StyleGAN2LucidrainsNetwork),
    "stylegan3": partial(StyleGenerator, network_class=StyleGAN3Network),
    "biggan": BigGANGenerator,
    "biggan-deep": BigGANDeepGenerator,
}


def generator_of(
    record: CheckpointRecord,
    name: str,
    presets: str = NO_FAMILY,
    device: torch.device = torch.device("cpu"),  # noqa: B008
    dtype: torch.dtype = torch.float32,
) -> BaseGenerator:
    """Generator of a record.

    Raises:
        ModelError: the family is unknown, or tensors and configuration do not agree.
        RegionError: unknown presets.
    """
    if record.family not in FAMILIES:
        raise ModelError(f"{name} has the unknown family {record.family[:40]!r}; update resefa.")
    family = checked_presets(presets)
    generator = FAMILIES[record.family](record, name=name, presets=family, device=device, dtype=dtype)
    check_resolution(record.config.get("resolution"), generator, name)
    return generator


def check_resolution(claimed: Any, generator: BaseGenerator, name: str) -> None:
    """Check the resolution of a configuration or card, a side or (height, width), against the network.

    Raises:
        ModelError: the resolutions differ; the message names both.
    """
    given = [claimed, claimed] if isinstance(claimed, int) else claimed
    if isinstance(given, (list, tuple)) and list(given) != list(generator.resolution):
        height, width = generator.resolution
        raise ModelError(
            f"{name} should make images of {' x '.join(map(str, given[:2]))} pixels, but the network in the file makes "
            f"{height} x {width}: the file belongs to a different model, or its description is wrong."
        )
