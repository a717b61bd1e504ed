"""Frozen networks of other projects: tensors under those projects' names, inputs, and the images that their code made."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import safe_open

from resefa.networks.progan import ProGANNetwork
from resefa.networks.stylegan1 import StyleGAN1Network
from resefa.networks.stylegan2 import StyleGAN2Network
from resefa.networks.stylegan3 import StyleGAN3Network

NETWORKS = {
    "stylegan3": StyleGAN3Network, "stylegan2": StyleGAN2Network, "stylegan1": StyleGAN1Network, "progan": ProGANNetwork,
}  # fmt: skip


def ported(project: str, config: str):
    """(state dict in float64 of values exact in float32, other tensors by name, settings)."""
    with safe_open(Path(__file__).parent / project / f"{config}.safetensors", "pt") as file:
        tensors = {key: file.get_tensor(key).double() for key in file.keys()}  # noqa: SIM118
        settings = json.loads(file.metadata()["settings"])
    state = {key.removeprefix("state."): value for key, value in tensors.items() if key.startswith("state.")}
    return state, {key: value for key, value in tensors.items() if not key.startswith("state.")}, settings


def network(record):
    """The network that a record describes, after its configuration went through JSON."""
    made = NETWORKS[record.family](json.loads(json.dumps(dict(record.config)))).double()
    made.load_state_dict(record.tensors, strict=True)
    return made.eval().requires_grad_(False)


def image(made, z=None, label=None, ws=None, psi=None):
    """One image of a code, or of a code per layer, truncated to ``psi`` where that is given."""
    if isinstance(made, ProGANNetwork):
        return made(z, label)
    if ws is None:
        w = made.mapping(z, label)
        w = w if psi is None else made.w_avg + psi * (w - made.w_avg)
        ws = w[:, None].expand(-1, made.num_layers, -1)
    return made.synthesis(made.styles(ws))


def distance(ours, theirs) -> float:
    """Largest difference over the range of the reference's image."""
    assert ours.shape == theirs.shape
    return float((ours - theirs).abs().max() / (theirs.max() - theirs.min()))


def plus_one(state):
    """Another network of the same tensors' names."""
    return {key: value + 1 for key, value in state.items()}


def float32(state):
    return {key: value.to(torch.float32) for key, value in state.items()}
