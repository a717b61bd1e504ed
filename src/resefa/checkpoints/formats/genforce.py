"""Generators of genforce/genforce and its successor bytedance/Hammer: StyleGAN2, StyleGAN1, ProGAN, and Hammer's StyleGAN3.

Converted files have ``generator_smooth``, ``generator`` and ``discriminator`` at the top level; training files have them
under ``models``, with ``running_metadata``. Most tensor names agree between the projects; ``truncation.w_avg`` is
GenForce's and ``w_avg`` Hammer's. GenForce stores the upsampling kernels of StyleGAN2 flipped, as TensorFlow does, and
adds 1 to the biases of the affine maps in every pass. Hammer does neither, and demodulates as NVIDIA's PyTorch release.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor

from resefa.checkpoints.families.progan import progan_record
from resefa.checkpoints.families.stylegan1 import stylegan1_record
from resefa.checkpoints.families.stylegan2 import stylegan2_record
from resefa.checkpoints.formats import hammer_stylegan3
from resefa.checkpoints.formats.renaming import Renaming, nested, plain, whole
from resefa.checkpoints.record import CheckpointRecord, Source
from resefa.errors import ModelError

NAME = "GenForce"
HAMMER = "Hammer"
_ENTRIES = ("generator_smooth", "generator")
_SMOOTH, _BLUR = (1.0, 3.0, 3.0, 1.0), (1.0, 2.0, 1.0)


def recognises(content: Mapping[str, Any]) -> bool:
    """Whether the content is a file of this format or the state dict of one of its generators."""
    keys = _generator(content)[1]
    return _styled(keys) or hammer_stylegan3.recognises(keys) or ("layer0.weight" in keys and "output0.weight" in keys)


def record(content: Mapping[str, Any], name: str, settings: Mapping[str, Any] | None = None) -> CheckpointRecord:
    """Record of the averaged generator, or of the generator itself without an average.

    Args:
        settings: passed to the family's reader; ProGAN files do not contain ``label_size`` and ``fused_scale``.

    Raises:
        ModelError: a tensor is missing, unexpected or of a different shape, or the generator is not fully grown.
    """
    entry, tensors = _generator(content)
    made_by = HAMMER if "w_avg" in tensors else NAME
    running = content.get("running_metadata")
    step = whole(running.get("iter")) if isinstance(running, Mapping) else None
    names = Renaming(tensors, name, f"{made_by} generator")
    source = Source(made_by, entry, step)
    if hammer_stylegan3.recognises(tensors):
        return hammer_stylegan3.stylegan3(names, settings, source)
    if not _styled(tensors):
        return _progan(names, settings, source)
    translate = _stylegan1 if "synthesis.output0.style.weight" not in tensors else _stylegan2
    if any(key.startswith("synthesis.early_layer.") for key in tensors):
        translate = _stylegan2
    return translate(names, settings, source)


def _styled(keys: Mapping[str, Tensor]) -> bool:
    return "synthesis.layer0.style.weight" in keys


def _generator(content: Mapping[str, Any]) -> tuple[str, dict[str, Tensor]]:
    """Name of the generator's entry in the file, and the generator's tensors."""
    entry, state = nested(nested(content, "models")[1], *_ENTRIES)
    return entry, plain(state)


def _mapping(names: Renaming, hammer: bool) -> None:
    for i in names.indices(r"mapping\.dense(\d+)\."):
        for part in ("weight", "bias"):
            names.take(f"mapping.dense{i}.{part}", f"mapping.fc{i}.{part}")
    names.take("w_avg" if hammer else "truncation.w_avg", "mapping.w_avg")


def _stylegan2(names: Renaming, settings: Mapping[str, Any] | None, source: Source) -> CheckpointRecord:
    hammer = source.format == HAMMER
    if "mapping.label_weight" in names.left:
        raise ModelError(
            f"{names.name} normalises latent codes and labels together (mapping.label_weight), as the original StyleGAN2 does; only the label embedding of StyleGAN2-ADA is supported."
        )
    _mapping(names, hammer)
    label = next((key for key in ("mapping.embedding", "mapping.LabelEmbed") if f"{key}.weight" in names.left), None)
    for part in ("weight", "bias") if label else ():
        names.take(f"{label}.{part}", f"mapping.embed.{part}")
    names.take("synthesis.early_layer.const", "synthesis.b4.const", lambda x: x.squeeze(0))
    for i in names.indices(r"synthesis\.layer(\d+)\."):
        theirs, ours = f"synthesis.layer{i}", f"synthesis.b{4 << (i + 1) // 2}.conv{1 - i % 2}"
        _modulated(names, theirs, ours, hammer, turned=not hammer and i % 2 == 1)
        if f"{theirs}.noise" in names.left or f"{theirs}.noise_strength" in names.left:
            names.take(f"{theirs}.noise", f"{ours}.noise_const", lambda x: x.squeeze(0).squeeze(0))
            names.take(f"{theirs}.noise_strength", f"{ours}.noise_strength")
        names.drop_filter(f"{theirs}.filter" if hammer else f"{theirs}.filter.kernel", _SMOOTH, 1.0 if hammer else 4.0)
    for i in names.indices(r"synthesis\.output(\d+)\."):
        _modulated(names, f"synthesis.output{i}", f"synthesis.b{4 << i}.torgb", hammer, turned=False)
    for i in names.found(r"synthesis\.residual(\d+)\.weight"):
        names.take(f"synthesis.residual{i}.weight", f"synthesis.b{4 << i}.skip.weight")
        names.drop_filter(f"synthesis.residual{i}.filter", _SMOOTH)
    names.drop_filter("synthesis.filter", _SMOOTH)
    names.drop_filter("synthesis.upsample.kernel", _SMOOTH, 4.0)
    return names.record(stylegan2_record, {**(settings or {}), "scaled_weights": not hammer}, source)


def _modulated(names: Renaming, theirs: str, ours: str, hammer: bool, turned: bool) -> None:
    names.take(f"{theirs}.weight", f"{ours}.weight", _turned_around if turned else None)
    names.take(f"{theirs}.bias", f"{ours}.bias")
    names.take(f"{theirs}.style.weight", f"{ours}.affine.weight")
    names.take(f"{theirs}.style.bias", f"{ours}.affine.bias", None if hammer else lambda x: x + 1)


def _stylegan1(names: Renaming, settings: Mapping[str, Any] | None, source: Source) -> CheckpointRecord:
    hammer = source.format == HAMMER
    _mapping(names, hammer)
    _grown(names, "synthesis.lod")
    label = "mapping.embedding" if hammer else "mapping.label_weight"
    if label in names.left:
        names.take(label, "mapping.embed.weight", lambda x: x.t())
    noise, strength = ("noise", "noise_strength") if hammer else ("apply_noise.noise", "apply_noise.weight")
    for i in names.indices(r"synthesis\.layer(\d+)\."):
        theirs, block = f"synthesis.layer{i}", f"synthesis.b{4 << i // 2}"
        ours = f"{block}.conv{i % 2}"
        if i == 0:
            names.take(f"{theirs}.const", f"{block}.const", lambda x: x.squeeze(0))
        else:
            names.take(f"{theirs}.weight", f"{ours}.weight")
        names.take(f"{theirs}.bias", f"{ours}.bias")
        for part in ("weight", "bias"):
            names.take(f"{theirs}.style.{part}", f"{ours}.affine.{part}")
        if f"{theirs}.{noise}" in names.left or f"{theirs}.{strength}" in names.left:
            names.take(f"{theirs}.{noise}", f"{ours}.noise_const", lambda x: x.squeeze(0).squeeze(0))
            names.take(f"{theirs}.{strength}", f"{ours}.noise_strength", lambda x: x.flatten())
        names.drop_filter(f"{theirs}.filter" if hammer else f"{theirs}.blur.kernel", _BLUR)
    _last_image(names, "synthesis.")
    return names.record(stylegan1_record, settings, source)


def _progan(names: Renaming, settings: Mapping[str, Any] | None, source: Source) -> CheckpointRecord:
    """Record of a ProGAN, whose first kernel is flipped. Names and values do not reveal which of the two projects wrote it."""
    source = replace(source, format=f"{NAME} or {HAMMER}")
    settings = dict(settings or {})
    if settings.get("label_size"):
        raise ModelError(
            f"{names.name} is a conditional ProGAN, which normalises latent codes and labels together; in this format only an unconditional ProGAN is supported."
        )
    _grown(names, "lod")
    layers = names.indices(r"layer(\d+)\.")
    # Fused kernels are (i, o, 3, 3). If all layers have equal numbers of inputs and outputs, only a setting decides.
    for i in layers[2::2]:
        weight, bias = (names.left.get(f"layer{i}.{part}") for part in ("weight", "bias"))
        if weight is not None and bias is not None and weight.ndim == 4 and weight.shape[0] != weight.shape[1]:
            settings["fused_scale"] = bias.shape == weight.shape[1:2]
    for i in layers:
        ours = f"b{4 << i // 2}.conv{i % 2}"
        exchanged = i > 0 and i % 2 == 0 and settings.get("fused_scale")
        change = _turned_around if i == 0 else _exchanged if exchanged else None
        names.take(f"layer{i}.weight", f"{ours}.weight", change)
        names.take(f"layer{i}.bias", f"{ours}.bias")
    _last_image(names, "")
    return names.record(progan_record, settings, source)


def _grown(names: Renaming, key: str) -> None:
    """Drop the stored level of detail; refuse a network that is not fully grown.

    Raises:
        ModelError: it is not 0; the image is then made by an earlier ToRGB, or by two.
    """
    lod = names.left.pop(key, None)
    if lod is not None and (lod.numel() != 1 or float(lod) != 0):
        given = f"{float(lod):g}" if lod.numel() == 1 else f"of shape {tuple(lod.shape)}"
        raise ModelError(
            f"{names.name} was saved before its generator was fully grown ({key} is {given}; 0 means full size): use a later snapshot from the same training run."
        )


def _last_image(names: Renaming, beginning: str) -> None:
    """Take the last ToRGB layer; the earlier ones were used only while the network was growing."""
    *others, last = names.indices(re.escape(beginning) + r"output(\d+)\.")
    for part in ("weight", "bias"):
        names.take(f"{beginning}output{last}.{part}", f"{beginning}torgb.{part}")
        for i in others:
            names.left.pop(f"{beginning}output{i}.{part}", None)


def _turned_around(kernel: Tensor) -> Tensor:
    return kernel.flip(2, 3)


def _exchanged(kernel: Tensor) -> Tensor:
    """Swap the first two axes: (i, o, ...) -> (o, i, ...)."""
    return kernel.transpose(0, 1)
