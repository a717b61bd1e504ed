"""Networks at full size with random weights: forward passes, tangents and memory on this machine.

A tangent is one column of the Jacobian, taken as the library takes it, beside one image of a batched forward pass. With
random weights the pictures mean nothing; time and memory are those of trained ones.

    python benchmarks/networks.py stylegan2 --resolution 256 --batch 8
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time

import torch
from torch.func import jvp, vmap

from resefa.generators.networks.biggan_deep import BigGANDeepNetwork
from resefa.generators.networks.stylegan2 import StyleGAN2Network

BIGGAN_DEEP = {
    128: [[False, 16, 16], [True, 16, 16], [False, 16, 16], [True, 16, 8], [False, 8, 8], [True, 8, 4], [False, 4, 4],
          [True, 4, 2], [False, 2, 2], [True, 2, 1]],
    512: [[False, 16, 16], [True, 16, 16], [False, 16, 16], [True, 16, 8], [False, 8, 8], [True, 8, 8], [False, 8, 8],
          [True, 8, 4], [False, 4, 4], [True, 4, 2], [False, 2, 2], [True, 2, 1], [False, 1, 1], [True, 1, 1]],
}  # fmt: skip


def stylegan2(resolution: int):
    """Config f: widths 32768 / resolution, at most 512. Takes w."""
    blocks = [4 * 2**i for i in range(resolution.bit_length() - 2)]
    config = {
        "z_dim": 512, "label_dim": 0, "embed_dim": 0, "w_dim": 512, "mapping_widths": [512] * 8, "lr_multiplier": 0.01,
        "blocks": blocks, "widths": [min(32768 // block, 512) for block in blocks], "const": [4, 4], "channels": 3,
        "architecture": "skip", "noise": True, "conv_clamp": None,
    }  # fmt: skip
    network = StyleGAN2Network(config).eval().requires_grad_(False)
    return (
        lambda w: network.synthesis(network.styles(w[:, None].expand(-1, network.num_layers, -1)))
    ), network.w_dim


def biggan_deep(resolution: int):
    """Width 128. Takes the code beside the class embedding."""
    blocks = [[up, 128 * inputs, 128 * outputs] for up, inputs, outputs in BIGGAN_DEEP[resolution]]
    config = {
        "z_dim": 128, "class_dim": 128, "num_classes": 1000, "blocks": blocks, "reduction": 4, "attention": [8],
        "n_stats": 51, "eps": 1e-4,
    }  # fmt: skip
    network = BigGANDeepNetwork(config).eval().requires_grad_(False)
    return (lambda z: network(z[:, None].expand(-1, network.num_layers, -1), 0.5)), 256


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("family", choices=("stylegan2", "biggan-deep"))
    parser.add_argument("--resolution", type=int, default=256)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    torch.manual_seed(0)
    function, n = {"stylegan2": stylegan2, "biggan-deep": biggan_deep}[options.family](options.resolution)
    codes, point = torch.randn(options.batch, n), torch.randn(1, n)

    def tangents() -> None:
        vmap(lambda v: jvp(function, (point,), (v[None],))[1])(codes)

    sides = {
        "one image": (lambda: function(point), 1),
        f"{options.batch} images": (lambda: function(codes), options.batch),
        f"{options.batch} tangents of one image": (tangents, options.batch),
        "one tangent": (lambda: jvp(function, (point,), (point,)), 1),
    }
    times: dict[str, list[float]] = {name: [] for name in sides}
    with torch.no_grad():
        for turn in range(options.rounds + 1):
            for name, (side, count) in sides.items():
                start = time.perf_counter()
                side()
                if turn:
                    times[name].append((time.perf_counter() - start) / count)
    print(f"{options.family} {options.resolution}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    for name, found in times.items():
        print(f"{name:28} {statistics.median(found) * 1e3:10.1f} ms each   (fastest {min(found) * 1e3:.1f})")
    print(f"peak RSS: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")


if __name__ == "__main__":
    main()
