"""Networks at full size with random weights: images, JVPs, VJPs and memory, with a reference implementation if given.

A JVP gives one column of the Jacobian. JVPs and VJPs are computed as the library computes them and compared with one image of a
batch. With random weights the images mean nothing, but time and memory are those of trained weights. With ``--reference`` the
reference's network takes part with the same weights, turn by turn in this process.

    python benchmarks/run.py run networks stylegan2 --resolution 256 --batch 8
    python benchmarks/run.py run networks stylegan3 --reference ../stylegan3

Families: stylegan2, biggan-deep; with a reference also stylegan3 and stylegan3-r.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor
from torch.func import jvp, vjp, vmap

from benchmarks.support.reference_networks import REFERENCES, Function
from resefa.checkpoints.families.biggan_deep import biggan_deep_record
from resefa.checkpoints.families.stylegan2 import stylegan2_record
from resefa.checkpoints.families.stylegan3 import stylegan3_record
from resefa.networks.biggan_deep import BigGANDeepNetwork
from resefa.networks.stylegan2 import StyleGAN2Network
from resefa.networks.stylegan3 import StyleGAN3Network

BIGGAN_DEEP = {
    128: [[False, 16, 16], [True, 16, 16], [False, 16, 16], [True, 16, 8], [False, 8, 8], [True, 8, 4], [False, 4, 4],
          [True, 4, 2], [False, 2, 2], [True, 2, 1]],
    512: [[False, 16, 16], [True, 16, 16], [False, 16, 16], [True, 16, 8], [False, 8, 8], [True, 8, 8], [False, 8, 8],
          [True, 8, 4], [False, 4, 4], [True, 4, 2], [False, 2, 2], [True, 2, 1], [False, 1, 1], [True, 1, 1]],
}  # fmt: skip


def stylegan2(resolution: int) -> dict:
    """Config f: widths 32768 / resolution, at most 512."""
    blocks = [4 * 2**i for i in range(resolution.bit_length() - 2)]
    return {
        "z_dim": 512, "label_dim": 0, "embed_dim": 0, "w_dim": 512, "mapping_widths": [512] * 8, "lr_multiplier": 0.01,
        "blocks": blocks, "widths": [min(32768 // block, 512) for block in blocks], "const": [4, 4], "channels": 3,
        "architecture": "skip", "noise": True, "conv_clamp": None,
    }  # fmt: skip


def biggan_deep(resolution: int) -> dict:
    """Width 128."""
    blocks = [[up, 128 * inputs, 128 * outputs] for up, inputs, outputs in BIGGAN_DEEP[resolution]]
    return {
        "z_dim": 128, "class_dim": 128, "num_classes": 1000, "blocks": blocks, "reduction": 4, "attention": [8],
        "n_stats": 51, "eps": 1e-4,
    }  # fmt: skip


def of_w(network: StyleGAN2Network | StyleGAN3Network) -> Function:
    return lambda w: network.synthesis(network.styles(w[:, None].expand(-1, network.num_layers, -1)))


def of_code(network: BigGANDeepNetwork) -> Function:
    """Of the code beside the class embedding."""
    return lambda code: network(code[:, None].expand(-1, network.num_layers, -1), 0.5)


FAMILIES = {
    "stylegan2": (StyleGAN2Network, stylegan2, stylegan2_record, of_w, 512),
    "stylegan3": (StyleGAN3Network, None, stylegan3_record, of_w, 512),
    "stylegan3-r": (StyleGAN3Network, None, stylegan3_record, of_w, 512),
    "biggan-deep": (BigGANDeepNetwork, biggan_deep, biggan_deep_record, of_code, 256),
}


def sides_of(function: Function, point: Tensor, codes: Tensor) -> dict[str, tuple[Callable[[], object], int]]:
    """What is timed -> (call, images or tangents in it)."""
    count = len(codes)
    return {
        "one image": (lambda: function(point), 1),
        f"{count} images": (lambda: function(codes), count),
        f"{count} tangents": (lambda: vmap(lambda v: jvp(function, (point,), (v[None],))[1])(codes), count),
        "one tangent": (lambda: jvp(function, (point,), (point,)), 1),
    }


def reverse_side(function: Function, point: Tensor, count: int) -> Callable[[], object]:
    """Many cotangents through one linearization."""
    with torch.enable_grad():
        image, pull = vjp(function, point)
    cotangents = torch.randn(count, *image.shape)
    return lambda: vmap(lambda u: pull(u, retain_graph=True)[0])(cotangents)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("family", choices=tuple(FAMILIES))
    parser.add_argument("--resolution", type=int, default=256)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--reverse", action="store_true", help="reverse products of ours too")
    parser.add_argument("--reference", type=Path, help="a checkout of the reference implementation")
    parser.add_argument(
        "--images-only", action="store_true", help="no tangents of the reference: StyleGAN3's take > 20 GB"
    )
    options = parser.parse_args()
    torch.manual_seed(0)
    network_class, config, record, as_function, n = FAMILIES[options.family]
    codes, point = torch.randn(options.batch, n), torch.randn(1, n)
    functions: dict[str, Function] = {}
    if options.reference:
        reference = REFERENCES[options.family](options.reference, options.resolution)
        made = record(reference.tensors, "the reference")
        network = network_class(made.config)
        network.load_state_dict(dict(made.tensors))
        functions["reference"] = reference.function
    elif config:
        network = network_class(config(options.resolution))
    else:
        raise SystemExit(f"{options.family} is built from a reference's tensors: pass --reference CHECKOUT")
    functions = {"ours": as_function(network.eval().requires_grad_(False))} | functions

    with torch.no_grad():
        print(f"{options.family} {options.resolution}, {torch.get_num_threads()} threads, torch {torch.__version__}")
        sides = {
            (name, who): side
            for who, function in functions.items()
            for name, side in sides_of(function, point, codes).items()
        }
        if options.reverse:
            side = reverse_side(functions["ours"], point, options.batch)
            sides[f"{options.batch} cotangents", "ours"] = (side, options.batch)
        if options.reference:
            ours, theirs = (function(point) for function in functions.values())
            error = (ours - theirs).abs().max() / (theirs.max() - theirs.min())
            print(f"the same image: largest difference {error:.1e} of its range")
            for name, who in list(sides):
                if who == "reference" and name.endswith(("tangent", "tangents")):
                    if options.images_only:
                        del sides[name, who]
                        continue
                    try:
                        sides[name, who][0]()
                    except Exception as refused:  # any: it was not written for torch.func
                        print(
                            f"the reference has no {name}: {type(refused).__name__}: {str(refused).splitlines()[0][:90]}"
                        )
                        del sides[name, who]
        times: dict[tuple[str, str], list[float]] = {side: [] for side in sides}
        for turn in range(options.rounds + 1):
            for key, (side, count) in sorted(sides.items()):
                start = time.perf_counter()
                side()
                if turn:  # the first turn warms up
                    times[key].append((time.perf_counter() - start) / count)
    for (name, who), found in times.items():
        beside = times.get((name, "reference" if who == "ours" else "ours"), [])
        ratio = statistics.median(b / a for a, b in zip(found, beside, strict=True)) if beside else 0.0
        told = f"   the reference takes {ratio:.2f} of this" if ratio and who == "ours" else ""
        print(f"{who:9} {name:12} {statistics.median(found) * 1e3:9.1f} ms each (fastest {min(found) * 1e3:.1f}){told}")
    batched = times[f"{options.batch} images", "ours"]
    for kind in ("tangent", "cotangent") if options.reverse else ("tangent",):
        cost = [a / b for a, b in zip(times[f"{options.batch} {kind}s", "ours"], batched, strict=True)]
        print(f"a {kind} in a chunk of {options.batch} costs {statistics.median(cost):.2f} of an image in such a batch")
    print(f"peak RSS of all sides: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")


if __name__ == "__main__":
    main()
