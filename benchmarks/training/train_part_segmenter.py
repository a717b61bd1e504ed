"""Trains the part segmenter on drawn heads and writes its weights; minutes on one core.

    PYTHONPATH=. python benchmarks/training/train_part_segmenter.py toon_parts.safetensors

Every head is degraded at random, so that the network also works on generated pictures. The written file is exact in float16.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.training.degradation import chance, degraded, recoloured, warped
from benchmarks.training.drawn_heads import TRAINING, DrawnHeads, drawn_heads
from benchmarks.training.training_run import TrainingRun
from resefa.networks.convolution_block import folded_state
from resefa.networks.part_segmenter import PHASES, WIDTHS, PartSegmenterNetwork
from resefa.segmenters.toon_parts import PART_SEGMENTER
from resefa.worlds import LABELS
from resefa.zoo.network_weights import weights_bytes

BATCH = 32
_RARITY = 0.4
"""Exponent of the labels' weights: pixels of small parts count more."""


def label_weights(labels: np.ndarray) -> Tensor:
    """Weight of each label, the power ``-_RARITY`` of its frequency, with a mean of 1 over the pixels."""
    frequency = torch.from_numpy(np.bincount(labels.ravel(), minlength=len(LABELS)) / labels.size).float()
    weights = frequency.clamp_min(1e-4) ** -_RARITY
    return weights / (weights * frequency).sum()


def batch(heads: DrawnHeads, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Degraded images (b, 3, 128, 128) and their labels (b, 256, 256)."""
    chosen = torch.randint(len(heads), (BATCH,), generator=random).numpy()
    images, labels = heads.pictures(chosen), torch.from_numpy(heads.labels[chosen]).long()
    if chance(0.5, random):
        images, labels = images.flip(3), labels.flip(2)
    if chance(0.5, random):
        images, moved = warped(images, labels, random, affine=0.06, elastic=0.015)
        labels = labels if moved is None else moved
    if chance(0.7, random):
        images = recoloured(images, random)
    if chance(0.85, random):
        images = degraded(images, random)
    return images.clamp(-1, 1), labels


def loss_of(scores: Tensor, labels: Tensor, weights: Tensor, random: torch.Generator) -> Tensor:
    """Cross entropy over a random quarter of the pixels, to save time.

    Args:
        scores: (b, 16 x classes, 64, 64), as the network's ``phases`` returns. ``labels``: (b, 256, 256).
    """
    chosen = torch.randperm(PHASES, generator=random)[: PHASES // 4]
    predicted = scores.unflatten(1, (-1, PHASES))[:, :, chosen].float()
    return F.cross_entropy(predicted, F.pixel_unshuffle(labels[:, None], 4)[:, chosen], weights)


def train(heads: DrawnHeads, run: TrainingRun) -> PartSegmenterNetwork:
    """A network trained on these heads."""
    torch.manual_seed(0)
    random = torch.Generator().manual_seed(0)
    network = PartSegmenterNetwork(len(LABELS), normalized=True).to(memory_format=torch.channels_last)
    weights = label_weights(heads.labels[:1000])

    def loss() -> Tensor:
        images, labels = batch(heads, random)
        with torch.autocast("cpu", torch.bfloat16):
            scores = network.phases(images.contiguous(memory_format=torch.channels_last))
        return loss_of(scores, labels, weights, random)

    run.train(network, loss)
    return network


def weights_of(network: PartSegmenterNetwork) -> bytes:
    """Content of the network's file."""
    return weights_bytes(PART_SEGMENTER, folded_state(network), {"labels": LABELS, "widths": WIDTHS})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path, help="safetensors file to write")
    parser.add_argument("--heads", type=int, default=8_000, help="number of drawn heads")
    parser.add_argument("--steps", type=int, default=2_000, help="number of batches of 32 heads")
    parser.add_argument("--folder", type=Path, help="existing folder that holds the drawn heads for a later run")
    options = parser.parse_args()
    heads = drawn_heads(options.heads, TRAINING, options.folder)
    network = train(heads, TrainingRun(options.steps, rate=4e-3, decay=1e-3))
    options.weights.write_bytes(weights_of(network))


if __name__ == "__main__":
    main()
