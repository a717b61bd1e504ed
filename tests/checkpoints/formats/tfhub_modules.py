"""Variables of TF-Hub modules, made from checkpoints of the same networks: the inverse of what the translators do."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
from torch import Tensor

START = 16
"""Places of the first feature map."""


def _stored(value: Tensor) -> np.ndarray:
    array = value.numpy()
    if array.ndim == 4:
        return array.transpose(2, 3, 1, 0)
    return array.T if array.ndim == 2 else array


def _trained(theirs: str, leaf: str, value: Tensor, average: str) -> dict[str, np.ndarray]:
    """A weight with its average; the weight itself is another one."""
    array = _stored(value)
    return {f"{theirs}/{leaf}/{average}": array, f"{theirs}/{leaf}": array + 1}


def original_variables(state: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    """Of BigGAN, from ajbrock's names."""
    width, class_dim = state["blocks.0.0.conv1.weight"].shape[1], state["shared.weight"].shape[1]
    variables: dict[str, np.ndarray] = {"global_step": np.zeros((), np.int64)}

    def trained(theirs: str, leaf: str, value: Tensor) -> None:
        variables.update(_trained(theirs, leaf, value, "ema_b999900"))

    for key, value in state.items():
        stem, _, leaf = key.rpartition(".")
        block = re.match(r"blocks\.(\d+)\.0\.", key)
        scope = f"Generator/GBlock_{block[1]}" if block and block[1] != "0" else "Generator/GBlock"
        if key == "shared.weight":
            trained("linear", "w", value.T)
            continue
        if leaf in ("stored_mean", "stored_var"):
            norm = stem.rpartition(".")[2]
            place = f"{scope}/CrossReplicaBN{'_1' if norm == 'bn2' else ''}"
            place = "Generator/ScaledCrossReplicaBNbn" if stem == "output_layer.0" else place
            variables[f"{place}/{leaf.replace('stored', 'accumulated')}"] = value.numpy()
            variables[f"{place}/accumulation_counter"] = np.float32(16)
            continue
        if stem == "output_layer.0":
            trained("Generator/ScaledCrossReplicaBN", "gamma" if leaf == "gain" else "beta", value[None, :, None, None])
            continue
        if leaf == "sv0":
            continue
        if leaf == "gamma":
            trained("Generator/attention", "gamma", value.reshape(1))
            continue
        if stem == "linear":
            place = "Generator/G_Z/G_linear"
            rows = value.reshape(width * START, -1).unflatten(0, (width, START)).transpose(0, 1).flatten(0, 1)
            value = rows if leaf == "weight" else rows.flatten() if leaf == "bias" else rows.reshape(1, -1)
        elif stem == "output_layer.2":
            place = "Generator/conv_2d"
        elif found := re.match(r"blocks\.\d+\.1\.(\w+)", stem):
            place = f"Generator/attention/{'o_conv' if found[1] == 'o' else found[1]}"
        elif found := re.match(r"blocks\.\d+\.0\.bn([12])\.(\w+)", stem):
            part = {"gain": "gamma", "bias": "beta"}[found[2]]
            place = f"{scope}/HyperBN{'_1' if found[1] == '2' else ''}/{part}"
            if leaf == "weight":
                value = value.roll(-class_dim, 1)
        else:
            place = f"{scope}/{ {'conv1': 'conv0', 'conv2': 'conv1', 'conv_sc': 'conv_sc'}[stem.rpartition('.')[2]] }"
        if leaf == "u0":
            variables[f"{place}/u0"] = value.numpy()
        else:
            trained(place, "w" if leaf == "weight" else "b", value)
    return variables


def deep_variables(state: Mapping[str, Tensor]) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Of BigGAN-deep, from Hugging Face's names: (variables, the graph's constants).

    The saved ``weight_u`` becomes the vector that the module starts its power step from.
    """
    places = sorted({int(key.split(".")[2]) for key in state if ".conv_0." in key})
    variables: dict[str, np.ndarray] = {}
    constants: dict[str, np.ndarray] = {}

    def scope_of(stem: str) -> str:
        simple = {
            "embeddings": "linear",
            "generator.gen_z": "Generator/GenZ/G_linear",
            "generator.bn": "Generator/BatchNorm",
            "generator.conv_to_rgb": "Generator/conv_to_rgb",
        }
        if stem in simple:
            return simple[stem]
        place, rest = re.match(r"generator\.layers\.(\d+)\.?(.*)", stem).groups()
        if int(place) not in places:
            return f"Generator/attention/{rest.removeprefix('snconv1x1_')}".rstrip("/")
        index = places.index(int(place))
        block = f"Generator/GBlock_{index}" if index else "Generator/GBlock"
        if found := re.match(r"bn_(\d)\.?(\w*)", rest):
            return f"{block}/BatchNorm{'' if found[1] == '0' else '_' + found[1]}/{found[2]}".rstrip("/")
        return f"{block}/{rest.replace('_', '')}"

    for key, value in state.items():
        stem, _, leaf = key.rpartition(".")
        if leaf.startswith("running_"):
            found = re.fullmatch(r"generator\.layers\.(\d+)\.bn_(\d)", stem)
            norm = 4 * places.index(int(found[1])) + int(found[2]) if found else 4 * len(places)
            constants[f"stack_{5 * norm + (1 if leaf == 'running_means' else 3)}"] = value.numpy()
        elif leaf == "weight_u":
            variables[f"{scope_of(stem)}/u0"] = value.numpy()[None]
        elif leaf != "weight_v":
            plain = {"bias": "offset", "weight": "scale"} if stem == "generator.bn" else {"bias": "b", "weight": "w"}
            name = "gamma" if leaf == "gamma" else plain[leaf.removesuffix("_orig")]
            variables |= _trained(scope_of(stem), name, value, "ema_0.9999")
    return variables, constants
