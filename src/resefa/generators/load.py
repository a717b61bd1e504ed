"""``resefa.load``: a model card's name or a file to a generator."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import torch

from resefa.checkpoints.kind import file_kind
from resefa.checkpoints.open import open_checkpoint
from resefa.errors import ModelError, UsageError
from resefa.generators.base import BaseGenerator
from resefa.generators.families import DEFAULT_PRESETS, generator_of
from resefa.generators.programs import load_program
from resefa.operators.out_of_memory import check_batch, memory_errors_said
from resefa.zoo.cards import card
from resefa.zoo.store import verified

PROGRAMS = ("torchscript", "torch-export")


@memory_errors_said("the generator's weights")
def load(
    model: str | Path,
    *,
    device: torch.device | str | None = None,
    dtype: torch.dtype | str | None = None,
    latent_shape: Sequence[int] | int | None = None,
    output_range: tuple[float, float] = (-1.0, 1.0),
    presets: str | None = None,
    trust_program: bool = False,
    allow_globals: Collection[str] = (),
    entry: str | None = None,
    batch: int | None = None,
) -> BaseGenerator:
    """Open a generator.

    Args:
        model: a card's name (``resefa models`` lists them) or a file. What a file is, is decided by its content.
        device: ``"cpu"``, ``"cuda"``, ``"mps"``; default the CPU.
        dtype: torch dtype or its name; default float32.
        latent_shape, output_range: for TorchScript and torch.export files, which do not say.
        presets: family of region presets; default the card's, else ``"aligned-ffhq"``.
        trust_program: allow TorchScript and torch.export files, which are programs.
        allow_globals: names that a pickle may mention beyond those that weights need. Nothing is imported all the same:
            objects of such classes are passed over.
        entry: of a file that holds several networks, the one to take, as ``resefa inspect`` names it; default the
            averaged generator.
        batch: the most images or derivatives that go through the network at once; default: chosen from the memory. Where
            the memory runs out, fewer are tried.

    Raises:
        ModelError: no such card or file, or no reader for it.
        WeightsError: the card's weights are missing or not the ones it names.
    """
    place, precision, batch = _device(device), dtype_of(dtype), check_batch(batch)
    if not _is_file(model):
        known = card(str(model))
        if known.kind != "generator":
            raise ModelError(
                f"{known.name} is no generator but a network that metrics look at images with: see `resefa models` for generators."
            )
        found = generator_of(open_checkpoint(verified(known), entry=entry), known.name, presets or known.presets, place, precision)
        return _limited(found, batch)
    path = Path(model)
    kind = "folder" if path.is_dir() else file_kind(path)
    if kind in PROGRAMS:
        program = load_program(
            path,
            kind,
            latent_shape=latent_shape,
            output_range=output_range,
            presets=presets or DEFAULT_PRESETS,
            trusted=trust_program,
            device=device,
            dtype=None if dtype is None else precision,
        )
        return _limited(program, batch)
    return _limited(generator_of(open_checkpoint(path, allow_globals, entry), path.stem, presets, place, precision), batch)


def _limited(generator: BaseGenerator, batch: int | None) -> BaseGenerator:
    generator.batch = batch
    return generator


def _is_file(model: str | Path) -> bool:
    """A path object, an existing file, or text that can only be a path; a bare word is a card's name."""
    if isinstance(model, Path) or Path(model).exists():
        if not Path(model).exists():
            raise ModelError(f"There is no file {model}: check the path.")
        return True
    if "/" in model or "\\" in model or Path(model).suffix:
        raise ModelError(f"There is no file {model}: check the path, or name a card (resefa models lists them).")
    return False


def _device(device: torch.device | str | None) -> torch.device:
    try:
        place = torch.device(device or "cpu")
    except RuntimeError as error:
        raise UsageError(f"The device {device!r} is none that torch knows: give cpu, cuda, cuda:0 or mps.") from error
    present = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not present.get(place.type, True):
        raise UsageError(f"The device {device!r} came, but this machine has none that torch can use: leave it out.")
    return place


def dtype_of(dtype: torch.dtype | str | None) -> torch.dtype:
    """A floating-point precision by its name; float32 for None."""
    if dtype is None:
        return torch.float32
    found = getattr(torch, dtype, None) if isinstance(dtype, str) else dtype
    if not isinstance(found, torch.dtype) or not found.is_floating_point:
        raise UsageError(f"The dtype {dtype!r} came: give float32, float64, bfloat16 or float16.")
    return found
