"""The segmenter of toon heads, trained on drawn heads with exact masks; its weights are part of the package."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor

from resefa.errors import RegionError
from resefa.files.tensor_file import Format
from resefa.networks.part_segmenter import SIDE, PartSegmenterNetwork
from resefa.regions.image_parts import PartGroup
from resefa.types import Image
from resefa.zoo.network_weights import network_weights

PART_SEGMENTER = Format("resefa.part-segmenter", 1, "a part segmenter")
"""Format of the weights file."""
CARD = "toon-parts"
GROUPS = {
    "hair": PartGroup(("hair", "rear-hair")),
    "front-hair": PartGroup(("hair",)),
    "left-eye": PartGroup(("eyes",), "left"),
    "right-eye": PartGroup(("eyes",), "right"),
    "left-eyebrow": PartGroup(("eyebrows",), "left"),
    "right-eyebrow": PartGroup(("eyebrows",), "right"),
    "face": PartGroup(("head", "mouth", "beard", "eyes", "eyebrows", "glasses")),
}
"""Parts made of labels; left and right are the viewer's."""


@dataclass(frozen=True)
class SegmenterSettings:
    """Settings in the weights file.

    Attributes:
        labels: names of the labels, background first. ``widths``: of the network.
    """

    labels: tuple[str, ...]
    widths: tuple[int, ...]


class ToonParts:
    """Labels of the parts of toon heads, drawn or generated.

    Attributes:
        names: of the labels: background, rear-hair, body, head, clothes, mouth, beard, eyes, eyebrows, hair, glasses.
        groups: parts made of labels: hair (in front and at the back), front-hair, left-eye, right-eye, left-eyebrow, right-eyebrow, face.
        fingerprint: sha256 of the weights.
    """

    groups = GROUPS

    def __init__(self, path: str | Path | None = None, *, device: torch.device | str = "cpu") -> None:
        """Open the network.

        Args:
            path: its weights; default those of the model card ``toon-parts``, contained in the package.
            device: of the network.

        Raises:
            WeightsError: the weights are missing, damaged, or of a different network.
        """
        weights = network_weights(PART_SEGMENTER, SegmenterSettings, CARD, path)
        self.names = weights.settings.labels
        self.fingerprint = weights.fingerprint
        self._device = torch.device(device)
        network = PartSegmenterNetwork(len(self.names), weights.settings.widths)
        self._network = weights.loaded_into(network).to(self._device)

    def __call__(self, images: Image) -> Int64[Tensor, "b h w"]:
        """Labels of images (b, 3 or 1, h, w) in [-1, 1], at the images' size and on their device.

        An image's labels do not depend on the other images of its batch.

        Raises:
            RegionError: images of a different shape, or with a value that is not finite.
        """
        # Much faster than argmax over an axis that is not the last.
        return self._scores(images).max(1).indices.to(images.device)

    def probabilities(self, images: Image) -> Float[Tensor, "b labels h w"]:
        """Probability of each label at each pixel, float32; arguments and errors as for the labels."""
        return self._scores(images).softmax(1).to(images.device)

    @torch.no_grad()
    def _scores(self, images: Image) -> Tensor:
        if images.ndim != 4 or images.shape[1] not in (1, 3) or not images.numel():
            raise RegionError(
                f"images has shape {tuple(images.shape)}; expected (b, 3 or 1, h, w) with at least one image and one pixel."
            )
        if not bool(images.isfinite().all()):
            raise RegionError(
                "images contains NaN or infinity, which has no parts; check the generator and the strength."
            )
        # One image at a time on the CPU: as fast, and the sums of an image are always in the same order.
        step = 1 if self._device.type == "cpu" else 64
        return torch.cat([self._scores_of(some) for some in images.split(step)])

    def _scores_of(self, images: Image) -> Tensor:
        pixels = images.detach().to(self._device, torch.float32).clamp(-1, 1).expand(-1, 3, -1, -1)
        return _resized(self._network(_resized(pixels, (SIDE, SIDE))), (images.shape[2], images.shape[3]))


def _resized(images: Tensor, size: tuple[int, int]) -> Tensor:
    """Images or scores (b, c, h, w) at another size, bilinear, antialiased where it is smaller."""
    if images.shape[2:] == size:
        return images
    return F.interpolate(images, size, mode="bilinear", align_corners=False, antialias=True)
