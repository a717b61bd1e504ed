"""Random weights in the layout of the FID's Inception-v3, and images, from a seed: what the frozen features were made with.

``python tests/reference/features/weights.py TORCH_FIDELITY_FOLDER EFFICIENTNET_LITE_FOLDER`` makes the frozen features anew, from
the unpacked wheels of torch-fidelity 0.4.0 and efficientnet-lite-pytorch 0.1.0, whose own networks compute them.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

HERE = Path(__file__).parent


def filled(shapes: Mapping[str, Tensor], seed: int = 0) -> dict[str, Tensor]:
    """Tensors of these names and shapes that keep activations of moderate size."""
    draw = torch.Generator().manual_seed(seed)
    made = {}
    for name in sorted(shapes):
        shape = shapes[name].shape
        if name.endswith("num_batches_tracked"):
            continue
        noise = torch.randn(shape, generator=draw)
        if len(shape) > 1:
            made[name] = noise * (2 / shape[1:].numel()) ** 0.5
        elif name.endswith("running_var"):
            made[name] = 0.7 + noise.abs() / 4
        elif name.endswith("weight"):
            made[name] = 1 + noise / 8
        else:
            made[name] = noise / 32
    return made


def pictures(count: int, rows: int, columns: int) -> Tensor:
    """(count, 3, rows, columns) smooth images in [-1, 1], each another."""
    y = torch.linspace(0, 6, rows, dtype=torch.float64)[:, None]
    x = torch.linspace(0, 6, columns, dtype=torch.float64)
    made = [[(a * y + (b + 1) * x + a * b).sin() * (x - y + b).cos() for b in range(3)] for a in range(count)]
    return torch.stack([torch.stack(channels) for channels in made]).float()


def main() -> None:
    from safetensors.torch import save_file

    from resefa.metrics.features.efficientnet_lite import EfficientNetLite0
    from resefa.metrics.features.inception import InceptionNetwork
    from resefa.metrics.features.protocol import as_bytes
    from resefa.zoo.cards import card
    from resefa.zoo.checksums import verified

    sys.path[:0] = sys.argv[1:]
    # The package's own __init__ wants torchvision, its Inception does not.
    package = types.ModuleType("torch_fidelity")
    package.__path__ = [f"{sys.argv[1]}/torch_fidelity"]
    sys.modules["torch_fidelity"] = package
    from efficientnet_lite_pytorch import EfficientNet
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    images = pictures(3, 72, 64)
    path = HERE / "random.pth"
    torch.save(
        filled(InceptionNetwork().state_dict()) | {"fc.weight": torch.zeros(1008, 2048), "fc.bias": torch.zeros(1008)},
        path,
    )
    theirs = FeatureExtractorInceptionV3("reference", ["2048"], str(path), feature_extractor_internal_dtype="float64")
    (inception,) = theirs(as_bytes(images).to(torch.uint8))
    path.unlink()
    ours = EfficientNetLite0(dtype=torch.float64)
    lite = (
        EfficientNet.from_pretrained("efficientnet-lite0", weights_path=str(verified(card("efficientnet-lite0"))))
        .double()
        .eval()
    )
    seen = []
    ours.network.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    ours.features(images)
    with torch.no_grad():
        efficientnet = lite.extract_features(seen[0]).mean((2, 3)).float()
    save_file({"inception": inception, "efficientnet_lite0": efficientnet}, HERE / "features.safetensors")


if __name__ == "__main__":
    main()
