"""Trains the attribute reader on drawn heads, calibrates it, and writes its weights with its accuracy; half an hour on one core.

    PYTHONPATH=. python benchmarks/training/train_attribute_reader.py toon_attributes.safetensors

An attribute that a picture does not show has no part in the loss; the network learns to tell that it is hidden.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.training.degradation import chance, degraded, warped
from benchmarks.training.drawn_heads import CALIBRATION, TRAINING, DrawnHeads, drawn_heads
from benchmarks.training.reader_figures import accuracy, errors, temperatures
from benchmarks.training.training_run import TrainingRun
from resefa.networks.attribute_reader import AttributeReaderNetwork, AttributeScores
from resefa.networks.convolution_block import folded_state
from resefa.worlds import COLOURS, KINDS, AttributeReader
from resefa.worlds.attribute_reader import ATTRIBUTE_READER
from resefa.zoo.network_weights import weights_bytes

BATCH = 48
POSE_SPREAD = (0.052, 0.027, 0.0205, 0.07)
"""Standard deviations of drawn poses: logarithm of the scale, shifts, angle."""
_MIRRORED = torch.tensor([1.0, -1.0, 1.0, -1.0])
"""Signs of a pose in the mirrored picture."""


class Truth:
    """Attributes of the training heads as tensors."""

    def __init__(self, heads: DrawnHeads) -> None:
        self.kinds, self.colours, self.visible = heads.kinds(), heads.colours(), heads.visible().float()
        pose = torch.from_numpy(heads.attributes.pose)
        self.pose = torch.cat([pose[:, :1].log(), pose[:, 1:]], 1) / torch.tensor(POSE_SPREAD)

    def loss(self, scores: AttributeScores, heads: Tensor, mirrored: bool) -> Tensor:
        """Loss of the scores of a batch of heads: cross entropies of what is visible, of the visibility, and errors of colours and pose."""
        visible = self.visible[heads]
        total = 2 * F.binary_cross_entropy_with_logits(scores.visible.float(), visible)
        for i, logits in enumerate(scores.kinds.values()):
            entropy = F.cross_entropy(logits.float(), self.kinds[heads, i], reduction="none", label_smoothing=0.02)
            total = total + (entropy * visible[:, i]).mean()
        distance = (scores.colours.float() - self.colours[heads]).abs().mean(2)
        total = total + 10 * (distance * visible[:, len(scores.kinds) :]).mean()
        pose = self.pose[heads] * _MIRRORED if mirrored else self.pose[heads]
        return total + F.smooth_l1_loss(scores.pose.float(), pose, beta=0.2)


def train(heads: DrawnHeads, run: TrainingRun) -> AttributeReaderNetwork:
    """A network trained on these heads."""
    torch.manual_seed(0)
    random = torch.Generator().manual_seed(0)
    counts = {name: len(kinds) for name, kinds in KINDS.items()}
    network = AttributeReaderNetwork(counts, len(COLOURS), normalized=True).to(memory_format=torch.channels_last)
    truth = Truth(heads)

    def loss() -> Tensor:
        chosen = torch.randint(len(heads), (BATCH,), generator=random)
        images, mirrored = heads.pictures(chosen.numpy()), chance(0.5, random)
        if mirrored:
            images = images.flip(3)
        if chance(0.25, random):
            images, _ = warped(images, None, random, affine=0, elastic=0.012)
        if chance(0.65, random):
            images = degraded(images, random)
        with torch.autocast("cpu", torch.bfloat16):
            scores = network(images.clamp(-1, 1).contiguous(memory_format=torch.channels_last))
        return truth.loss(scores, chosen, mirrored)

    run.train(network, loss)
    return network


def write(network: AttributeReaderNetwork, path: Path, held_out: DrawnHeads) -> None:
    """Write the weights with temperatures, accuracy and errors measured on held-out heads."""
    state = folded_state(network)
    settings: dict[str, object] = {
        "classes": KINDS,
        "colours": COLOURS,
        "pose_spread": POSE_SPREAD,
        "temperatures": dict.fromkeys(KINDS, 1.0),
        "accuracy": dict.fromkeys(KINDS, 0.0),
        "errors": {},
    }
    path.write_bytes(weights_bytes(ATTRIBUTE_READER, state, settings))
    found = AttributeReader(path).read(held_out.pictures(slice(None)))
    settings |= {
        "temperatures": temperatures(found, held_out),
        "accuracy": accuracy(found, held_out),
        "errors": errors(found, held_out),
    }
    path.write_bytes(weights_bytes(ATTRIBUTE_READER, state, settings))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path, help="safetensors file to write")
    parser.add_argument("--heads", type=int, default=8_000, help="number of drawn heads")
    parser.add_argument("--steps", type=int, default=4_500, help="number of batches of 48 heads")
    parser.add_argument("--folder", type=Path, help="existing folder that holds the drawn heads for a later run")
    options = parser.parse_args()
    heads = drawn_heads(options.heads, TRAINING, options.folder)
    network = train(heads, TrainingRun(options.steps, rate=3e-3, decay=1e-2))
    write(network, options.weights, drawn_heads(2_000, CALIBRATION, options.folder))


if __name__ == "__main__":
    main()
