"""Small generators of every family with random weights, for tests of what stands on the networks."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

from reference.biggan.weights import frozen
from safetensors import safe_open

from resefa.checkpoints.families.biggan import biggan_record
from resefa.checkpoints.families.biggan_deep import biggan_deep_record
from resefa.checkpoints.families.progan import progan_record
from resefa.checkpoints.families.stylegan1 import stylegan1_record
from resefa.checkpoints.families.stylegan2 import stylegan2_record
from resefa.checkpoints.families.stylegan2_lucidrains import stylegan2_lucidrains_record
from resefa.checkpoints.families.stylegan3 import stylegan3_record
from resefa.checkpoints.record import CheckpointRecord

FOLDER = Path(__file__).parent
READERS = {
    "progan": progan_record,
    "stylegan1": stylegan1_record,
    "stylegan2": stylegan2_record,
    "stylegan3": stylegan3_record,
}
FAMILIES = (
    "progan", "stylegan1", "stylegan2", "stylegan2-conditional", "stylegan2-lucidrains", "stylegan3", "biggan", "biggan-deep",
)  # fmt: skip


def small_tensors(family: str):
    """(tensors by the checkpoint's names, settings, reader)."""
    if family in ("biggan", "biggan-deep"):
        folder, name = ("biggan", "chunks_64") if family == "biggan" else ("biggan_deep", "irregular")
        state, _, metadata = frozen(folder, name)
        return state, metadata.get("settings"), biggan_record if family == "biggan" else biggan_deep_record
    if family == "stylegan2-lucidrains":
        with safe_open(FOLDER / "formats" / "lucidrains" / "attention.safetensors", "pt") as file:
            keys = [key for key in file.keys() if key.startswith("GAN.")]  # noqa: SIM118
            return (
                {key[4:].replace("E.", ".", 1): file.get_tensor(key) for key in keys},
                {},
                stylegan2_lucidrains_record,
            )
    folder, name = {"stylegan2": ("stylegan2", "skip"), "stylegan2-conditional": ("stylegan2", "conditional"),
                    "progan": ("progan", "plain"), "stylegan1": ("stylegan1", "fused"),
                    "stylegan3": ("stylegan3", "t-16-conditional")}[family]  # fmt: skip
    # StyleGAN1 and ProGAN draw by StyleGAN2's rule.
    rule = folder if folder == "stylegan3" else "stylegan2"
    drawn = runpy.run_path(str(FOLDER / rule / "weights.py"))["drawn"]
    with safe_open(FOLDER / folder / f"{name}.safetensors", "pt") as file:
        about = file.metadata()
        extra = {k.removeprefix("filter."): file.get_tensor(k) for k in file.keys() if k.startswith("filter.")}  # noqa: SIM118
    shapes = json.loads(about["shapes"])
    tensors = drawn(shapes, int(about["seed"])) | extra if folder == "stylegan3" else drawn(shapes)
    return tensors, json.loads(about["settings"]), READERS[folder]


def small_record(family: str) -> CheckpointRecord:
    tensors, settings, reader = small_tensors(family)
    return reader(tensors, family, settings)


def small_generator(family: str, dtype="float64", device="cpu"):
    import torch

    from resefa.generators.registry import FAMILIES as builders

    record = small_record(family)
    return builders[record.family](
        record, name=family, presets="aligned-ffhq", device=torch.device(device), dtype=getattr(torch, dtype)
    )
