"""The reader of a toon head's attributes, trained on drawn heads; its weights are part of the package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from resefa.errors import MetricError
from resefa.files.tensor_file import Format
from resefa.networks.attribute_reader import SIDE, AttributeReaderNetwork, AttributeScores
from resefa.types import Features, Image
from resefa.zoo.network_weights import network_weights

ATTRIBUTE_READER = Format("resefa.attribute-reader", 1, "an attribute reader")
"""Format of the weights file."""
CARD = "toon-attributes"
TARGET = 0.97
"""Accuracy on drawn heads below which an attribute is left out of benchmarks."""
STEP = 0.05
"""A change of a colour (RGB in [0, 1]) or of the pose (scale as a logarithm, shift in fractions of the side, radians) that counts as 1 in
``smooth_attributes``, as a change of a kind's log-odds by 1 does."""
_AT_ONCE = 64


@dataclass(frozen=True)
class ReaderSettings:
    """Settings in the weights file.

    Attributes:
        classes: attribute -> names of its kinds.
        temperatures: attribute -> divisor of the logits that calibrates the probabilities (Guo et al., "On calibration of modern
            neural networks", ICML 2017).
        accuracy: attribute -> accuracy on drawn heads in which its part is visible.
        errors: colour or ``pose`` -> root mean squared error of each of its numbers on drawn heads.
        colours: names of the colours.
        pose_spread: standard deviations of the pose; its scale as a logarithm.
    """

    classes: Mapping[str, tuple[str, ...]]
    temperatures: Mapping[str, float]
    accuracy: Mapping[str, float]
    errors: Mapping[str, tuple[float, ...]]
    colours: tuple[str, ...]
    pose_spread: tuple[float, float, float, float]


@dataclass(frozen=True)
class Readings:
    """Attributes read from n pictures, on the CPU, float32.

    Attributes:
        names: attribute -> names of its kinds.
        probabilities: attribute -> (n, kinds), calibrated on drawn heads.
        visible: attribute or colour -> (n,) probability that the picture shows it: the eyes behind sunglasses are not visible,
            and their kind is a guess.
        colours: colour -> (n, 3), RGB in [0, 1].
        pose: (n, 4): scale, shift to the right and down in fractions of the picture's side, angle (radians, clockwise).
        features: (n, d) of the penultimate layer.
    """

    names: Mapping[str, tuple[str, ...]]
    probabilities: Mapping[str, Float[Tensor, "n kinds"]]
    visible: Mapping[str, Float[Tensor, "n"]]
    colours: Mapping[str, Float[Tensor, "n 3"]]
    pose: Float[Tensor, "n 4"]
    features: Features

    def __len__(self) -> int:
        return len(self.features)

    def kinds(self, attribute: str) -> list[str]:
        """The most probable kind of an attribute in each picture: ``kinds("mouth")`` is ``["smile", "sad", ...]``."""
        return [self.names[attribute][i] for i in self.probabilities[attribute].argmax(1).tolist()]

    def confidence(self, attribute: str) -> Float[Tensor, "n"]:
        """Probability of the most probable kind in each picture."""
        return self.probabilities[attribute].amax(1)


class AttributeReader:
    """Kinds, colours and pose of toon heads, drawn or generated; also a ``FeatureExtractor`` for distances between sets of pictures.

    Attributes:
        classes: attribute -> names of its kinds. ``colours``: names of the colours.
        accuracy: attribute -> accuracy on drawn heads in which its part is visible.
        accurate: attributes with at least 97% accuracy; benchmarks leave the others out.
        errors: colour -> (3,), ``pose`` -> (4,): root mean squared error on drawn heads.
        fingerprint: sha256 of the weights. ``dimensions``: values of the penultimate layer.

    Example:
        ```python
        found = AttributeReader().read(images)
        found.kinds("mouth"), found.confidence("mouth"), found.colours["skin-colour"]
        ```
    """

    name = "toon attributes"

    def __init__(self, path: str | Path | None = None, *, device: torch.device | str = "cpu") -> None:
        """Open the network.

        Args:
            path: its weights; default those of the model card ``toon-attributes``, contained in the package.
            device: of the network.

        Raises:
            WeightsError: the weights are missing, damaged, or of a different network.
        """
        weights = network_weights(ATTRIBUTE_READER, ReaderSettings, CARD, path)
        settings = weights.settings
        self.classes, self.colours = settings.classes, settings.colours
        self.accuracy = settings.accuracy
        self.accurate = tuple(name for name in self.classes if self.accuracy[name] >= TARGET)
        self.errors = {name: torch.tensor(error) for name, error in settings.errors.items()}
        self.fingerprint = weights.fingerprint
        self._settings, self._device = settings, torch.device(device)
        counts = {name: len(classes) for name, classes in self.classes.items()}
        network = AttributeReaderNetwork(counts, len(self.colours))
        self.dimensions: int = network.dense.out_features
        self._network = weights.loaded_into(network).to(self._device)

    def read(self, images: Image) -> Readings:
        """The attributes of images (n, 3 or 1, h, w) in [-1, 1].

        Raises:
            MetricError: images of a different shape, or with a value that is not finite.
        """
        scores = self._scores(images)
        settings = self._settings
        visible = scores.visible.sigmoid().unbind(1)
        scale, *rest = (scores.pose * torch.tensor(settings.pose_spread)).unbind(1)
        return Readings(
            names=self.classes,
            probabilities={k: (v / settings.temperatures[k]).softmax(1) for k, v in scores.kinds.items()},
            visible=dict(zip((*self.classes, *self.colours), visible, strict=True)),
            colours=dict(zip(self.colours, scores.colours.unbind(1), strict=True)),
            pose=torch.stack([scale.exp(), *rest], 1),
            features=scores.features,
        )

    def features(self, images: Image) -> Features:
        """The penultimate layer (b, d), on the CPU, of images (b, 3 or 1, h, w) in [-1, 1].

        Raises:
            MetricError: images of a different shape, or with a value that is not finite.
        """
        return self._scores(images).features

    def smooth_features(self, images: Image) -> Features:
        """Differentiable features (b, d) of images (b, 3 or 1, h, w), on their device and in their precision; never clamped."""
        return self._scored(images).features.to(images)

    def smooth_attributes(self, images: Image, names: Sequence[str]) -> Features:
        """Named attributes of images (b, 3 or 1, h, w) as differentiable numbers (b, d), in the order of the names.

        An attribute with k kinds gives k numbers: its calibrated logits minus their mean. A colour gives three and ``pose`` four numbers, in
        units of ``STEP``.
        """
        scores = self._scored(images)
        found: list[Tensor] = []
        for name in names:
            if name in self.classes:
                logits = scores.kinds[name] / self._settings.temperatures[name]
                found.append(logits - logits.mean(1, keepdim=True))
            elif name in self.colours:
                found.append(scores.colours[:, self.colours.index(name)] / STEP)
            else:
                found.append(scores.pose * scores.pose.new_tensor(self._settings.pose_spread) / STEP)
        return torch.cat(found, 1).to(images)

    def _scored(self, images: Image) -> AttributeScores:
        return self._network(_resized(images.to(self._device, torch.float32).expand(-1, 3, -1, -1)))

    @torch.no_grad()
    def _scores(self, images: Image) -> AttributeScores:
        if images.ndim != 4 or images.shape[1] not in (1, 3) or not images.numel():
            raise MetricError(
                f"images has shape {tuple(images.shape)}; expected (b, 3 or 1, h, w) with at least one image and one pixel."
            )
        if not bool(images.isfinite().all()):
            raise MetricError(
                "images contains NaN or infinity, which has no attributes; check the generator and the strength."
            )
        # One image at a time on the CPU: its sums are in the same order whatever the batch.
        step = 1 if self._device.type == "cpu" else _AT_ONCE
        return _joined([self._scores_of(some) for some in images.split(step)])

    def _scores_of(self, images: Image) -> AttributeScores:
        pixels = images.detach().to(self._device, torch.float32).clamp(-1, 1).expand(-1, 3, -1, -1)
        found = self._network(_resized(pixels))
        kinds = {name: value.cpu() for name, value in found.kinds.items()}
        return AttributeScores(kinds, *(value.cpu() for value in found[1:]))


def _resized(pixels: Image) -> Image:
    if pixels.shape[2:] == (SIDE, SIDE):
        return pixels
    return F.interpolate(pixels, (SIDE, SIDE), mode="bilinear", align_corners=False, antialias=True)


def _joined(parts: Sequence[AttributeScores]) -> AttributeScores:
    kinds = {name: torch.cat([part.kinds[name] for part in parts]) for name in parts[0].kinds}
    return AttributeScores(kinds, *(torch.cat(field) for field in list(zip(*parts, strict=True))[1:]))
