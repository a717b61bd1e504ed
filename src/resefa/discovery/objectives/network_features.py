"""Features of a network as the values that a term varies or holds: a named network, or a feature extractor of the user."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import torch
from torch import Tensor, nn

from resefa.errors import ModelError, UsageError, did_you_mean, printable
from resefa.generators.fingerprint import tensors_fingerprint
from resefa.metrics.features.efficientnet_lite import EfficientNetLite0
from resefa.metrics.features.protocol import DifferentiableExtractor, FeatureExtractor
from resefa.types import Features, Image
from resefa.worlds.attribute_reader import AttributeReader
from resefa.zoo.cards import KINDS, card

NETWORKS: dict[str, Callable[[torch.device], DifferentiableExtractor]] = {
    "efficientnet-lite0": lambda device: EfficientNetLite0(device=device),
    "toon-attributes": lambda device: AttributeReader(device=device),
}
"""Networks whose features a term can name as ``features:NAME``."""
_OUTSIDE_TORCH = ("arcface", "dlib", "dlib-face", "identity")


@dataclass(frozen=True, eq=False)
class NetworkFeatures:
    """The features of the whole image by a frozen network.

    Attributes:
        extractor: the network; its ``smooth_features`` are differentiated.
        name: the name in the term's text.

    Raises:
        UsageError: the extractor has no ``smooth_features``, so that its features have no derivatives.
    """

    extractor: FeatureExtractor
    name: str = ""
    per_pixel: bool = field(default=False, init=False)
    channels: tuple[float, ...] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if not isinstance(self.extractor, DifferentiableExtractor):
            raise UsageError(
                f"The features of {printable(self.extractor.name)} cannot be varied or held, because the network runs outside torch and has no "
                "derivatives; give a network in torch with smooth_features, for example resefa.discovery.ModuleFeatures."
            )
        if not self.name:
            object.__setattr__(self, "name", self.extractor.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NetworkFeatures) and (self.block, self.name) == (other.block, other.name)

    def __hash__(self) -> int:
        return hash((self.block, self.name))

    @classmethod
    def named(cls, name: str) -> NetworkFeatures:
        """The features of a network of ``NETWORKS``; its weights are read now.

        Raises:
            UsageError: no feature network has this name; WeightsError: its weights are not in the store.
        """
        return cls(network(name), name)

    @property
    def text(self) -> str:
        return f"features:{self.name}"

    @property
    def block(self) -> str:
        return f"features {self.extractor.fingerprint}"

    def shape(self, image_shape: tuple[int, int, int]) -> tuple[int, int, int]:
        if image_shape[0] not in (1, 3):
            raise UsageError(
                f"The feature {self.text} needs images with 1 or 3 channels; this generator's images have {image_shape[0]}."
            )
        return 1, self.extractor.dimensions, 1

    def values(self, images: Image) -> Tensor:
        extractor = _on(self.name, images.device) if self.name in NETWORKS else self.extractor
        assert isinstance(extractor, DifferentiableExtractor)
        return extractor.smooth_features(images)[:, None, :, None]


@dataclass(frozen=True, eq=False)
class ModuleFeatures:
    """A torch module as a feature extractor, for example a face-recognition network whose embedding is to be held.

    Attributes:
        module: images (b, 3 or 1, h, w) in [-1, 1] of any size -> features (b, d); it is used in evaluation mode.
        dimensions: d.
        name: for texts and reports.
    """

    module: nn.Module
    dimensions: int
    name: str

    def __post_init__(self) -> None:
        self.module.eval()
        object.__setattr__(self, "_fingerprint", tensors_fingerprint(self.module.state_dict()))

    _fingerprint: str = ""

    @property
    def fingerprint(self) -> str:
        """sha256 of the module's weights."""
        return self._fingerprint

    @torch.no_grad()
    def features(self, images: Image) -> Features:
        """The features (b, d) of images, on the CPU."""
        return self.smooth_features(images).cpu()

    def smooth_features(self, images: Image) -> Features:
        """The features (b, d) of images, differentiable.

        Raises:
            UsageError: the module returns another shape.
        """
        found = self.module(images)
        if found.ndim != 2 or found.shape[1] != self.dimensions:
            raise UsageError(
                f"{printable(self.name)} returns features with shape {tuple(found.shape)}; expected ({len(images)}, {self.dimensions})."
            )
        return found


def network(name: str) -> DifferentiableExtractor:
    """The network of ``NETWORKS`` with this name, on the CPU.

    Raises:
        UsageError: another name; the message says why a network of another kind does not fit.
    """
    if name in NETWORKS:
        return _on(name, torch.device("cpu"))
    choice = f"Choose one of {', '.join(NETWORKS)}"
    if name.lower() in _OUTSIDE_TORCH or name.lower().endswith(".onnx"):
        raise UsageError(
            f"features:{printable(name)} cannot be varied or held, because the network runs outside torch and has no derivatives. {choice}, or give a "
            "network in torch from Python."
        )
    try:
        kind = card(name).kind
    except ModelError:
        raise UsageError(
            f"Unknown network {printable(name)!r} of the feature 'features'{did_you_mean(name, NETWORKS)} {choice}."
        ) from None
    raise UsageError(
        f"features:{printable(name)} names {KINDS[kind]}, which has no features to vary or hold. {choice}."
    )


@lru_cache(8)
def _on(name: str, device: torch.device) -> DifferentiableExtractor:
    return NETWORKS[name](device)
