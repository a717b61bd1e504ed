"""ProGAN against frozen outputs of GenForce's implementation in float64, and its derivatives against each other."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from resefa.checkpoints.families.progan import progan_record
from resefa.networks.progan import ProGANNetwork

FOLDER = Path(__file__).parents[1] / "reference" / "progan"
CONFIGS = sorted(path.stem for path in FOLDER.glob("*.safetensors"))
drawn = runpy.run_path(str(FOLDER.parent / "stylegan2" / "weights.py"))["drawn"]


@pytest.fixture(params=CONFIGS)
def case(request):
    with safe_open(FOLDER / f"{request.param}.safetensors", "pt") as file:
        frozen = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        shapes = json.loads(file.metadata()["shapes"])
        settings = json.loads(file.metadata()["settings"])
    record = progan_record(drawn(shapes), request.param, settings)
    network = ProGANNetwork(json.loads(json.dumps(record.config))).double().eval().requires_grad_(False)
    network.load_state_dict(record.tensors, strict=True)
    return network, frozen


def close(a, b, bound=1e-12):
    assert a.shape == b.shape
    assert (a - b).abs().max() <= bound * b.abs().max()


def test_outputs_and_tangents_are_the_references(case):
    network, frozen = case
    image, tangent = torch.func.jvp(network, (frozen["z"],), (frozen["dz"],))
    close(image, frozen["image"])
    close(tangent, frozen["jvp"])
    assert image.shape[1:] == (network.channels, *network.resolution)
    single = network.float()(frozen["z"].float())
    assert (single - frozen["image"]).abs().max() <= 1e-5 * frozen["image"].abs().max()


def test_derivatives_agree_and_images_depend_on_their_own_code(case):
    network, frozen = case
    z = frozen["z"]
    generator = torch.Generator().manual_seed(0)
    tangents = torch.randn((3, *z.shape), generator=generator, dtype=z.dtype)

    def push(v):
        return torch.func.jvp(network, (z,), (v,))[1]

    single = torch.stack([push(v) for v in tangents])
    close(torch.func.vmap(push)(tangents), single)
    images, pull = torch.func.vjp(network, z)
    u = torch.randn(images.shape, generator=generator, dtype=images.dtype)
    forward = (single[0] * u).sum()
    assert abs(forward - (pull(u)[0] * tangents[0]).sum()) <= 1e-10 * abs(forward)
    leaf = z.clone().requires_grad_()
    (network(leaf) * u).sum().backward()
    close(leaf.grad, pull(u)[0])
    for i in range(len(images)):
        close(network(z[i : i + 1]), images[i : i + 1])


def test_labels_follow_the_normalised_code():
    config = {
        "z_dim": 3, "label_dim": 2, "blocks": [4, 8], "widths": [4, 3], "first": [4, 6], "channels": 3, "fused": False,
    }  # fmt: skip
    network = ProGANNetwork(config).double()
    assert network.resolution == (8, 12)
    z, labels = torch.randn(2, 3).double(), torch.eye(2).double()
    close(network(2 * z, labels), network(z, labels), bound=1e-6)
    assert not torch.allclose(network(z, labels), network(z, labels.flip(0)))
    with pytest.raises(ValueError, match="label"):
        network(z)
