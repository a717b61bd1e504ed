"""Tiny networks of NVIDIA's TensorFlow code, as the dicts that their objects pickle, with random weights.

``state(example)`` is what ``Network.__getstate__`` gives, its components being such states again; a test that writes a
whole pickle puts each of them into an object of the class that the file is to name.

A variable's values follow from its name: ``RandomState(crc32(name)).randn(*shape) * scale``, in float32.
"""

from __future__ import annotations

import functools
import zlib
from typing import Any

import numpy as np

Shapes = dict[str, tuple[int, ...]]

_STYLEGAN2 = dict(
    resolution=16, num_channels=3, latent_size=7, dlatent_size=9, mapping_layers=3, mapping_fmaps=11, label_size=0,
    fmap_base=40, fmap_max=12,
)  # fmt: skip
_STYLEGAN1 = _STYLEGAN2 | dict(mapping_layers=2)
_PROGAN = dict(resolution=16, num_channels=3, latent_size=7, label_size=0, fmap_base=40, fmap_max=12)

EXAMPLES: dict[str, tuple[str, int, dict[str, Any]]] = {
    "stylegan2-skip": ("stylegan2", 4, _STYLEGAN2 | dict(resolution=32)),
    "stylegan2-resnet": ("stylegan2", 4, _STYLEGAN2 | dict(architecture="resnet", num_channels=1, mapping_lrmul=0.02)),
    "stylegan2-orig": ("stylegan2", 4, _STYLEGAN2 | dict(architecture="orig", num_channels=4, truncation_psi=0.5)),
    "stylegan2-grown": ("stylegan2", 4, _STYLEGAN2 | dict(synthesis_func="G_synthesis_stylegan_revised")),
    "stylegan2-conditional": ("stylegan2", 4, _STYLEGAN2 | dict(label_size=5, architecture="orig")),
    "stylegan2-ada-conditional": (
        "stylegan2",
        5,
        _STYLEGAN2 | dict(label_size=5, label_fmaps=4, mapping_layers=1, conv_clamp=1.5, mapping_fmaps=None),
    ),
    "stylegan2-ada-noiseless": (
        "stylegan2",
        5,
        _STYLEGAN2 | dict(architecture="resnet", use_noise=False, conv_clamp=0.5, resample_kernel=[1, 3, 3, 1]),
    ),
    "stylegan1-plain": ("stylegan1", 3, _STYLEGAN1 | dict(resolution=32, truncation_psi=0.7, truncation_cutoff=8)),
    "stylegan1-fused": ("stylegan1", 3, _STYLEGAN1 | dict(fused_scale=True, num_channels=1)),
    "stylegan1-auto": ("stylegan1", 3, _STYLEGAN1 | dict(resolution=128, fmap_base=128, fmap_max=4)),
    "stylegan1-conditional": ("stylegan1", 3, _STYLEGAN1 | dict(label_size=5, use_noise=False)),
    "progan-plain": ("progan", 2, _PROGAN | dict(resolution=32, fused_scale=False)),
    "progan-fused": ("progan", 2, _PROGAN | dict(num_channels=1)),
    "progan-conditional": ("progan", 2, _PROGAN | dict(label_size=5, fused_scale=False)),
    "progan-fused-copy": ("progan", 3, _PROGAN),
    "progan-even": ("progan", 2, _PROGAN | dict(fmap_max=4)),
    "progan-even-copy": ("progan", 3, _PROGAN | dict(fmap_max=4)),
}
"""Name -> (family, version of the pickle, static kwargs)."""


def state(example: str) -> dict[str, Any]:
    """The pickled state of an example's generator, ``Gs``."""
    family, version, kwargs = EXAMPLES[example]
    values = variables(example)
    whole = _state("Gs", version, kwargs, f"G_{'paper' if family == 'progan' else 'main'}", values, "")
    if version > 2:
        whole["components"] = {}
    if family != "progan":
        for part in ("synthesis", "mapping"):
            whole["components"][part] = _state(f"G_{part}", version, kwargs, f"G_{part}", values, f"{part}/")
            whole["components"][part]["components"] = {}
    return whole


@functools.cache
def variables(example: str) -> dict[str, np.ndarray]:
    """By their names, components' keys in front; those without axes are NumPy scalars, as TensorFlow gives them."""
    family, version, kwargs = EXAMPLES[example]
    shapes = {"stylegan2": _stylegan2, "stylegan1": _stylegan1, "progan": _progan}[family](version, kwargs)
    return {name: _drawn(name, shape) for name, shape in shapes.items()}


def widths(kwargs: dict[str, Any]) -> list[int]:
    """Of the blocks 4, 8, ..."""
    depth = kwargs["resolution"].bit_length() - 2
    return [min(kwargs["fmap_base"] // 2**stage, kwargs["fmap_max"]) for stage in range(1, depth + 1)]


def _state(name, version, kwargs, function, values, prefix) -> dict[str, Any]:
    own = [(key.removeprefix(prefix), value) for key, value in values.items() if key.startswith(prefix)]
    if not prefix:
        own = [(key, value) for key, value in own if not key.startswith(("synthesis/", "mapping/"))]
    return {
        "version": version,
        "name": name,
        "static_kwargs": dict(kwargs),
        "build_module_src": "raise SystemExit('the source of a pickled network was run')",
        "build_func_name": function,
        "variables": own,
    }


def _drawn(name: str, shape: tuple[int, ...]) -> np.ndarray:
    scale = 1.0
    if name.startswith("mapping/Dense"):
        scale = 100.0 if name.endswith("weight") else 10.0  # Stored divided by the learning rate multiplier, 0.01.
    elif name.endswith(("bias", "noise_strength", "Noise/weight", "dlatent_avg")):
        scale = 0.2
    elif name.endswith("lod"):
        scale = 0.0
    values = np.random.RandomState(zlib.crc32(name.encode())).randn(*shape) * scale
    return np.float32(values) if shape == () else values.astype(np.float32)


def _mapping(kwargs: dict[str, Any], inputs: int) -> Shapes:
    shapes: Shapes = {}
    depth = kwargs["mapping_layers"]
    for i in range(depth):
        outputs = kwargs["mapping_fmaps"] if i < depth - 1 else kwargs["dlatent_size"]
        shapes |= {f"mapping/Dense{i}/weight": (inputs, outputs), f"mapping/Dense{i}/bias": (outputs,)}
        inputs = outputs
    return shapes


def _stylegan2(version: int, kwargs: dict[str, Any]) -> Shapes:
    w_dim, counts, architecture = kwargs["dlatent_size"], widths(kwargs), kwargs.get("architecture", "skip")
    grown, noise = "synthesis_func" in kwargs, kwargs.get("use_noise", True)
    shapes: Shapes = {} if version > 4 else {"lod": ()}
    shapes["dlatent_avg"] = (w_dim,)

    def modulated(layer: str, inputs: int, outputs: int, size: int) -> None:
        shapes[f"{layer}/weight"] = (size, size, inputs, outputs)
        shapes.update({f"{layer}/mod_weight": (w_dim, inputs), f"{layer}/mod_bias": (inputs,)})
        if noise and size == 3:
            shapes[f"{layer}/noise_strength"] = ()
        shapes[f"{layer}/bias"] = (outputs,)

    if grown:
        shapes["synthesis/lod"] = ()
    for i in range(2 * len(counts) - 1 if noise else 0):
        shapes[f"synthesis/noise{i}"] = (1, 1, *(4 << (i + 1) // 2,) * 2)
    shapes["synthesis/4x4/Const/const"] = (1, counts[0], 4, 4)
    for i, outputs in enumerate(counts):
        block = f"synthesis/{4 << i}x{4 << i}"
        if i:
            modulated(f"{block}/Conv0_up", counts[i - 1], outputs, 3)
        modulated(f"{block}/Conv{1 if i else ''}", outputs, outputs, 3)
        if i and architecture == "resnet":
            shapes[f"{block}/Skip/weight"] = (1, 1, counts[i - 1], outputs)
        if grown:
            modulated(f"synthesis/ToRGB_lod{len(counts) - 1 - i}", outputs, kwargs["num_channels"], 1)
        elif architecture == "skip" or i == len(counts) - 1:
            modulated(f"{block}/ToRGB", outputs, kwargs["num_channels"], 1)
    inputs = kwargs["latent_size"]
    if kwargs["label_size"] and version == 4:
        shapes["mapping/LabelConcat/weight"] = (kwargs["label_size"], inputs)
        inputs *= 2
    elif kwargs["label_size"]:
        embedded = kwargs["label_fmaps"]
        shapes |= {
            "mapping/LabelEmbed/weight": (kwargs["label_size"], embedded),
            "mapping/LabelEmbed/bias": (embedded,),
        }
        inputs += embedded
    return shapes | _mapping(kwargs, inputs)


def _stylegan1(version: int, kwargs: dict[str, Any]) -> Shapes:
    w_dim, counts, noise = kwargs["dlatent_size"], widths(kwargs), kwargs.get("use_noise", True)
    shapes: Shapes = {"lod": (), "dlatent_avg": (w_dim,), "synthesis/lod": ()}
    for i in range(2 * len(counts) if noise else 0):
        shapes[f"synthesis/noise{i}"] = (1, 1, *(4 << i // 2,) * 2)
    shapes["synthesis/4x4/Const/const"] = (1, counts[0], 4, 4)
    for i, outputs in enumerate(counts):
        for part in ("Conv0_up", "Conv1") if i else ("Const", "Conv"):
            layer = f"synthesis/{4 << i}x{4 << i}/{part}"
            if part != "Const":
                shapes[f"{layer}/weight"] = (3, 3, counts[i - 1] if part == "Conv0_up" else outputs, outputs)
            if noise:
                shapes[f"{layer}/Noise/weight"] = (outputs,)
            shapes |= {f"{layer}/bias": (outputs,), f"{layer}/StyleMod/weight": (w_dim, 2 * outputs)}
            shapes[f"{layer}/StyleMod/bias"] = (2 * outputs,)
        shapes |= _images("synthesis/", len(counts) - 1 - i, outputs, kwargs)
    inputs = kwargs["latent_size"]
    if kwargs["label_size"]:
        shapes["mapping/LabelConcat/weight"] = (kwargs["label_size"], inputs)
        inputs *= 2
    return shapes | _mapping(kwargs, inputs)


def _progan(version: int, kwargs: dict[str, Any]) -> Shapes:
    counts, fused = widths(kwargs), kwargs.get("fused_scale", True)
    inputs = kwargs["latent_size"] + kwargs["label_size"]
    shapes: Shapes = {"lod": (), "4x4/Dense/weight": (inputs, counts[0] * 16), "4x4/Dense/bias": (counts[0],)}
    for i, outputs in enumerate(counts):
        block = f"{4 << i}x{4 << i}"
        if i:
            turned = fused and version == 2
            layer = f"{block}/Conv0_up" if fused else f"{block}/Conv0"
            shapes[f"{layer}/weight"] = (3, 3, outputs, counts[i - 1]) if turned else (3, 3, counts[i - 1], outputs)
            shapes[f"{layer}/bias"] = (outputs,)
        layer = f"{block}/Conv1" if i else f"{block}/Conv"
        shapes |= {f"{layer}/weight": (3, 3, outputs, outputs), f"{layer}/bias": (outputs,)}
        shapes |= _images("", len(counts) - 1 - i, outputs, kwargs)
    return shapes


def _images(prefix: str, lod: int, inputs: int, kwargs: dict[str, Any]) -> Shapes:
    """ToRGB of one of the sizes that a growing generator has shown."""
    layer, channels = f"{prefix}ToRGB_lod{lod}", kwargs["num_channels"]
    return {f"{layer}/weight": (1, 1, inputs, channels), f"{layer}/bias": (channels,)}
