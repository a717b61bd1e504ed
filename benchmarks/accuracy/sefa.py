"""SeFa against the authors' code on the same weights: `factorize_weight` of genforce/sefa.

The function is extracted from the authors' file without changes. Weights: random networks of full width (StyleGAN2 at 256, all
layers and layers 4-7; ProGAN's first layer at 512 dimensions), and the trained first layer of faces-dcgan. The authors'
code computes in float32 with ``numpy.linalg.eig``; the second comparison leaves its weights in float64. Prints the largest angle
between the first ten directions, in degrees, and the relative gap of the eigenvalues.

    python benchmarks/run.py run sefa --reference ../sefa/utils.py
"""

from __future__ import annotations

import argparse
import ast
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

import resefa
from benchmarks.speed.networks import stylegan2
from resefa.methods.sefa import directions_of_weights
from resefa.networks.stylegan2 import StyleGAN2Network

K = 10


def authors(path: Path, double: bool):  # type: ignore[no-untyped-def]
    """Their function, in the precision they chose or in double."""
    wanted = {"factorize_weight", "parse_indices"}
    tree = ast.parse(path.read_text())
    tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in wanted]
    numbers = SimpleNamespace(concatenate=np.concatenate, linalg=np.linalg, ndarray=np.ndarray,
                              float32=np.float64 if double else np.float32)  # fmt: skip
    space = {"np": numbers, "parse_gan_type": lambda generator: generator.kind}
    exec(compile(tree, str(path), "exec"), space)
    return space["factorize_weight"]


def layered(weights: list[torch.Tensor], kind: str) -> nn.Module:
    """What their function reads of a style network: ``synthesis.layer0.style.weight`` and so on, the last one ``output``."""
    synthesis = nn.Module()
    for i, weight in enumerate(weights):
        name = f"output{i // 2}" if i == len(weights) - 1 and kind == "stylegan2" else f"layer{i}"
        synthesis.add_module(name, holder(style=holder(weight=weight)))
    return SimpleNamespace(kind=kind, num_layers=len(weights), synthesis=synthesis)


def holder(**parts) -> nn.Module:  # type: ignore[no-untyped-def]
    made = nn.Module()
    for name, part in parts.items():
        setattr(made, name, part if isinstance(part, nn.Module) else nn.Parameter(part))
    return made


def compared(label: str, path: Path, network, layers: str, ours: torch.Tensor) -> None:  # type: ignore[no-untyped-def]
    """``ours``: the (features, n) weights as this package reads them."""
    values, vectors = directions_of_weights(ours.double(), K)
    for double in (False, True):
        _, theirs, spectrum = authors(path, double)(network, layers)
        best = np.argsort(-spectrum.real)[:K]
        other = torch.from_numpy(theirs.real[best].copy()).double()
        across = other - (other * vectors).sum(1, keepdim=True) * vectors
        degrees = float(torch.rad2deg(across.norm(dim=1).clamp_max(1).asin()).max())
        gap = float((torch.from_numpy(spectrum.real[best].copy()).double() / values - 1).abs().max())
        print(
            f"{label:28} theirs in {'float64' if double else 'float32'}: {degrees:.1e} degrees, eigenvalues {gap:.1e}"
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--reference", type=Path, required=True, help="utils.py of genforce/sefa")
    path = parser.parse_args().reference
    torch.manual_seed(0)
    net = StyleGAN2Network(stylegan2(256))
    last = net.style_layers[-1]
    kept = [layer for layer in net.style_layers if not layer.to_image or layer is last]
    weights = [torch.randn(layer.channels, net.w_dim) for layer in kept]
    for layers, chosen in (("all", weights), ("4-7", weights[4:8])):
        compared(f"StyleGAN2 256, layers {layers}", path, layered(weights, "stylegan2"), layers, torch.cat(chosen))
    for label, weight in (
        ("ProGAN, 512 dimensions", torch.randn(512, 512, 4, 4)),
        ("faces-dcgan, trained", resefa.load("faces-dcgan").network.layers[0].conv.weight.detach().transpose(0, 1)),
    ):
        compared(label, path, Named(SimpleNamespace(weight=weight)), "all", weight.permute(0, 2, 3, 1).flatten(0, 2))


class Named(SimpleNamespace):
    """Their function asks ``generator.__getattr__("layer0")``."""

    def __init__(self, layer0) -> None:  # type: ignore[no-untyped-def]
        super().__init__(kind="pggan", parts={"layer0": layer0})

    def __getattr__(self, name: str):  # type: ignore[no-untyped-def]
        return self.__dict__["parts"][name]


if __name__ == "__main__":
    main()
