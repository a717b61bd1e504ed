"""Inception-v3 features for the FID (Heusel et al., NeurIPS 2017), from a weights file that the user names.

Layouts read: torch-fidelity's ``weights-inception-2015-12-05-6726825d.pth`` and pytorch-fid's
``pt_inception-2015-12-05-6726825d.pth``, which name their tensors alike. Images are rounded to bytes, resized and scaled as the
TensorFlow graph does, which torch-fidelity follows and pytorch-fid does not (it samples pixel centres), so figures are
comparable with the former's.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from resefa.files.hashing import file_sha256
from resefa.metrics.features.inception_network import DIMENSIONS, InceptionNetwork
from resefa.metrics.features.protocol import as_bytes
from resefa.metrics.features.weights_file import load_into
from resefa.metrics.frechet import INCEPTION
from resefa.types import Features, Image

SIDE = 299


class Inception:
    """Pooled features of 2048 values. See ``FeatureExtractor``.

    Args:
        path: the weights file.
        dtype: of the network. ``device``: where it runs.

    Raises:
        WeightsError: there is no such file, or it is damaged.
        MetricError: it is of another network.
    """

    name = INCEPTION
    dimensions = DIMENSIONS

    def __init__(
        self, path: str | Path, *, dtype: torch.dtype = torch.float32, device: torch.device | str = "cpu"
    ) -> None:
        network = InceptionNetwork()
        load_into(network, path, "the FID's Inception-v3", passed_over=("fc.", "AuxLogits."))
        self.network = network.requires_grad_(False).eval().to(device, dtype)
        self.fingerprint = file_sha256(path)
        self._dtype, self._device = dtype, torch.device(device)

    @torch.no_grad()
    def features(self, images: Image) -> Features:
        """(b, 3 or 1, h, w) in [-1, 1] -> (b, 2048) on the CPU."""
        pixels = tensorflow_resized(as_bytes(images).to(self._device, self._dtype), SIDE)
        return self.network((pixels - 128) / 128).cpu()


def tensorflow_resized(pixels: Image, side: int) -> Image:
    """(b, c, h, w) -> (b, c, side, side), bilinear as TensorFlow 1's ``resize_bilinear``: output i samples at i h / side, so the
    picture moves by up to half a pixel. Neither antialiased nor centred, as the published figures are not."""
    return _along(_along(pixels, side, -1), side, -2)


def _along(pixels: Tensor, side: int, axis: int) -> Tensor:
    size = pixels.shape[axis]
    # TensorFlow computes the places in float32, whatever the images are in.
    places = torch.arange(side, dtype=torch.float32, device=pixels.device) * torch.tensor(
        size / side, dtype=torch.float32
    )
    low = places.long()
    high = (low + 1).clamp_max(size - 1)
    share = (places - low).to(pixels.dtype)
    share = share if axis == -1 else share[:, None]
    before, after = pixels.index_select(axis, low), pixels.index_select(axis, high)
    return before + (after - before) * share
