"""``resefa.load``: from a model card's name or a file to a generator."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import torch

from resefa.checkpoints.cut import cut
from resefa.checkpoints.open import open_checkpoint
from resefa.errors import ModelError, ResefaWarning, UsageError, parameter
from resefa.files.file_kind import file_kind
from resefa.files.input_file import user_path
from resefa.generators.base import BaseGenerator
from resefa.generators.output_range import DEFAULT as DEFAULT_RANGE
from resefa.generators.programs import load_program
from resefa.generators.registry import check_resolution, generator_of
from resefa.generators.wrap import wrap
from resefa.regions.image_parts import Segmenter
from resefa.regions.presets import NO_FAMILY
from resefa.runtime.devices import device_of, dtype_of
from resefa.runtime.out_of_memory import check_batch, memory_errors_said
from resefa.zoo.cards import KINDS, card, cards
from resefa.zoo.checksums import verified

PROGRAMS = ("torchscript", "torch-export")


@memory_errors_said("the generator's weights")
def load(
    model: str | Path,
    *,
    device: torch.device | str | None = None,
    dtype: torch.dtype | str | None = None,
    latent_shape: Sequence[int] | int | None = None,
    output_range: tuple[float, float] | None = None,
    presets: str | None = None,
    trust_program: bool = False,
    allow_globals: Collection[str] = (),
    entry: str | None = None,
    batch: int | None = None,
    settings: Mapping[str, Any] | None = None,
    segmenter: Segmenter | None = None,
) -> BaseGenerator:
    """Open a generator.

    Args:
        model: name of a card (``resefa models`` lists them), or a file, whose content decides its format.
        device: ``"cpu"``, ``"cuda"``, ``"mps"``; default the CPU.
        dtype: torch dtype or its name; default float32.
        latent_shape, output_range: required facts about TorchScript and torch.export files; see ``resefa.wrap``.
        presets: family of region presets that fits the images, for example ``"ffhq"``; default: the card's, or none for a
            file.
        trust_program: allow TorchScript and torch.export files, which are programs.
        allow_globals: further names that a pickle may contain. They are never imported: objects of these classes are
            ignored.
        entry: network to take from a file of several, by its name in ``resefa inspect``; default the averaged generator.
        batch: most images or derivatives in one pass; default: chosen from the memory. If memory runs out, smaller batches
            are tried.
        settings: settings that the file does not contain but the network needs, for example ``{"strides": [1, 2, 2, 1]}``
            of a DCGAN; docs/reference/checkpoints.md lists them by family.
        segmenter: labels the pixels of the images with their parts, for regions such as ``part:mouth`` (``resefa.segmenters``);
            default: that of the presets' family, if any.

    Raises:
        ModelError: unknown card, missing file, or a file that no reader recognises.
        UsageError: an argument that does not apply to the model.
        WeightsError: the card's weights are missing or have another hash.
        RegionError: unknown presets, or a segmenter that lacks a member.
    """
    if not isinstance(model, (str, PathLike)):
        raise UsageError(
            f"load takes the name of a model card or a path, not {_kind(model)}; wrap a network in memory with "
            "resefa.wrap(network, latent_shape=...)."
        )
    if str(model).startswith("~"):
        model = user_path(model)
    place, precision, batch = device_of(device), dtype_of(dtype), check_batch(batch)
    if not _is_file(model):
        known = card(str(model))
        if known.kind != "generator":
            raise ModelError(
                f"{known.name!r} is {KINDS[known.kind]}, not a generator; `resefa models` lists the generators."
            )
        _refuse_for_weights(known.name, latent_shape, output_range)
        record = open_checkpoint(verified(known), entry=entry, stated=settings)
        if known.cut:
            record = cut(record, known.cut, known.name)
        family = known.presets if presets is None else presets
        found = generator_of(record, known.name, family, place, precision)
        check_resolution(known.resolution, found, known.name)
        return _completed(found, batch, segmenter)
    path = Path(model)
    kind = "folder" if path.is_dir() else file_kind(path)
    if kind in PROGRAMS:
        if settings:
            raise UsageError(f"{path.name} is a program, which has no settings; omit {parameter('settings')}.")
        module = load_program(path, kind, latent_shape, trusted=trust_program)
        program = wrap(
            module,
            () if latent_shape is None else latent_shape,  # None was refused above
            DEFAULT_RANGE if output_range is None else output_range,
            name=path.stem,
            presets=presets or NO_FAMILY,
            device=device,
            dtype=None if dtype is None else precision,
        )
        return _completed(program, batch, segmenter)
    _refuse_for_weights(path.name, latent_shape, output_range)
    record = open_checkpoint(path, allow_globals, entry, settings)
    found = generator_of(record, path.stem, presets or NO_FAMILY, place, precision)
    return _completed(found, batch, segmenter)


def _completed(generator: BaseGenerator, batch: int | None, segmenter: Segmenter | None) -> BaseGenerator:
    generator.batch, generator.segmenter = batch, segmenter
    return generator


def _refuse_for_weights(name: str, latent_shape: Any, output_range: Any) -> None:
    """Refuse arguments that only apply to programs; a weights file implies their values."""
    for key, given in (("latent_shape", latent_shape), ("output_range", output_range)):
        if given is not None:
            raise UsageError(
                f"{parameter(key)} only applies to TorchScript and torch.export files, but {name} is a weights file; omit it."
            )


def _kind(model: Any) -> str:
    """Description of a wrong argument in place of a model's name."""
    if isinstance(model, torch.nn.Module):
        return f"the module {type(model).__name__}"
    return f"a {type(model).__name__}"


def _is_file(model: str | Path) -> bool:
    """Whether ``model`` is a path: a path object, an existing file, or text that cannot be a card's name.

    A card precedes a file or folder of the same name, so that the working folder does not decide the meaning of a name.
    """
    if isinstance(model, str) and Path(model).exists() and any(item.name == model for item in cards()):
        warnings.warn(
            f"{model} is both a model card and a {'folder' if Path(model).is_dir() else 'file'}, and the card is loaded; write ./{model} to load from the path.",
            ResefaWarning,
            stacklevel=3,
        )
        return False
    if isinstance(model, Path) or Path(model).exists():
        if not Path(model).exists():
            raise ModelError(f"There is no file {model}: check the path.")
        return True
    if "/" in model or "\\" in model or Path(model).suffix:
        raise ModelError(f"There is no file {model}: check the path, or name a card (resefa models lists them).")
    return False
