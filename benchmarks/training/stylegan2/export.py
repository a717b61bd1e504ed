"""The averaged generator as a checkpoint of resefa, and a sheet of its samples."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.training.stylegan2.generator import TrainedGenerator
from resefa.checkpoints.families.stylegan2 import stylegan2_record
from resefa.checkpoints.native import to_bytes
from resefa.checkpoints.record import Source
from resefa.files.output_file import write_bytes
from resefa.presentation.contact_sheet import grid, in_rows
from resefa.presentation.pixels import plain_picture
from resefa.presentation.save_images import save_picture
from resefa.version import VERSION

LICENCE = "Trained on parts of ToonHead by Johan Melin (CC BY 4.0), rasterised, recoloured and moved; glasses added"
_CENTRE_BATCHES, _CENTRE_BATCH = 10, 10_000
_SHEET, _AT_ONCE = 64, 16


@torch.no_grad()
def export(average: TrainedGenerator, resolution: int, path: Path) -> None:
    """Write the generator, cut at a resolution that was trained, with weights in float16."""
    keep = {f"b{each}" for each in average.synthesis.resolutions if each <= resolution}
    tensors = {
        key: value.detach().cpu()
        for key, value in average.state_dict().items()
        if not key.startswith("synthesis.") or key.split(".")[1] in keep
    }
    tensors["mapping.w_avg"] = _centre(average).cpu()
    record = replace(
        stylegan2_record(tensors, path.name), source=Source("the training program", origin={"licence": LICENCE})
    )
    write_bytes(path, to_bytes(record, {"resefa": VERSION}, half=True))


@torch.no_grad()
def save_samples(average: TrainedGenerator, resolution: int, path: Path) -> None:
    """Write a sheet of images of fixed codes."""
    z = torch.randn(_SHEET, average.config["z_dim"], generator=torch.Generator().manual_seed(0))
    device = average.mapping.get_buffer("w_avg").device
    images = [average(part.to(device), resolution) for part in z.split(_AT_ONCE)]
    save_picture(path, grid(in_rows([plain_picture(image, None) for image in torch.cat(images).cpu()])))


def _centre(average: TrainedGenerator) -> Tensor:
    """Mean of W over many codes of a fixed seed."""
    device = average.mapping.get_buffer("w_avg").device
    numbers = torch.Generator().manual_seed(0)
    total = torch.zeros_like(average.mapping.get_buffer("w_avg"))
    for _ in range(_CENTRE_BATCHES):
        z = torch.randn(_CENTRE_BATCH, average.config["z_dim"], generator=numbers)
        total += average.mapping(z.to(device)).mean(0)
    return total / _CENTRE_BATCHES
