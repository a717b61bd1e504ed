"""StyleGAN3 records: everything inferred from names and shapes, and every misplaced tensor named."""

from __future__ import annotations

import json

import pytest
import torch

from resefa.checkpoints.families.stylegan3 import recognises, stylegan3_record
from resefa.errors import ModelError
from resefa.networks.stylegan3 import StyleGAN3Network

T_1024 = (
    "36_512 36_512 52_512 52_512 84_512 148_512 148_512 276_323 276_203 532_128 1044_81 1044_51 1044_32 1024_32 1024_3"
)
T_256 = "36_512 36_512 36_512 52_512 52_512 84_512 84_512 148_512 148_512 148_362 276_256 276_181 276_128 256_128 256_3"


def tensors_of(layers, kernel=3, label_dim=0, filters=(), radial=False, w_dim=4, z_dim=3, depth=2):
    """Empty tensors of a generator with these "size_channels" layers; ``filters``: (up, down) factors by layer."""
    channels = [int(layer.split("_")[1]) for layer in layers]
    shapes = {"mapping.w_avg": (w_dim,)}
    affine = {f"mapping.fc{i}": (w_dim, w_dim) for i in range(depth)} | {"synthesis.input.affine": (4, w_dim)}
    affine["mapping.fc0"] = (w_dim, z_dim + (w_dim if label_dim else 0))
    if label_dim:
        affine["mapping.embed"] = (w_dim, label_dim)
    first = channels[0]
    sizes = {"weight": (first, first), "transform": (3, 3), "freqs": (first, 2), "phases": (first,)}
    shapes |= {f"synthesis.input.{leaf}": shape for leaf, shape in sizes.items()}
    for i, layer in enumerate(layers):
        stem, inputs, side = f"synthesis.L{i}_{layer}", channels[max(i - 1, 0)], 1 if i == len(layers) - 1 else kernel
        affine[f"{stem}.affine"] = (inputs, w_dim)
        shapes |= {f"{stem}.weight": (channels[i], inputs, side, side), f"{stem}.bias": (channels[i],)}
        shapes[f"{stem}.magnitude_ema"] = ()
        if i < len(filters):
            up, down = filters[i]
            critical = i >= len(layers) - 3
            shapes[f"{stem}.up_filter"] = (6 * up,)
            shapes[f"{stem}.down_filter"] = (6 * down,) * (2 if radial and not critical else 1)
    for stem, shape in affine.items():
        shapes |= {f"{stem}.weight": shape, f"{stem}.bias": shape[:1]}
    return {key: torch.empty(shape, device="meta") for key, shape in shapes.items()}


SMALL = ["36_8", "36_8", "52_8", "52_7", "52_4", "32_4", "32_3"]
FACTORS = [(2, 2), (2, 2), (4, 2), (2, 2), (2, 2), (2, 2)]


@pytest.mark.parametrize("layers", [T_1024.split(), T_256.split()])
@pytest.mark.parametrize("kernel", [1, 3])
def test_published_layouts_are_inferred(layers, kernel):
    tensors = tensors_of(layers, kernel)
    assert recognises(tensors)
    config = stylegan3_record(tensors, "g").config
    assert config["resolution"] == int(layers[-1].split("_")[0]) and config["channels"] == 3
    assert [layer["kernel"] for layer in config["layers"]] == [kernel] * 14 + [1]
    assert [layer["radial"] for layer in config["layers"]] == [kernel == 1] * 12 + [False] * 3
    sizes = [int(layer.split("_")[0]) for layer in layers]
    rates = [size - 20 for size in sizes[:-2]] + sizes[-2:]
    assert [layer["up"] for layer in config["layers"][1:-1]] == [
        4 if rates[i] > rates[i - 1] else 2 for i in range(1, len(rates) - 1)
    ]
    assert not config["stored_filters"]
    with torch.device("meta"):
        StyleGAN3Network(json.loads(json.dumps(config))).load_state_dict(tensors, strict=True)


@pytest.mark.parametrize("radial", [False, True])
def test_labels_filters_and_settings(radial):
    tensors = tensors_of(SMALL, 1 if radial else 3, label_dim=5, filters=FACTORS, radial=radial, depth=3)
    settings = {"conv_clamp": None, "output_scale": 1, "mapping_kwargs": {"lr_multiplier": 0.1}, "num_fp16_res": 4}
    config = stylegan3_record(tensors, "g", settings).config
    found = [config[key] for key in ("z_dim", "w_dim", "label_dim", "mapping_layers", "lr_multiplier", "conv_clamp")]
    assert found == [3, 4, 5, 3, 0.1, None]
    assert config["stored_filters"] and config["output_scale"] == 1
    assert [layer["radial"] for layer in config["layers"]] == [radial] * 4 + [False] * 3


def test_a_missing_or_left_over_tensor_is_named():
    for key in tensors_of(SMALL, label_dim=2, filters=FACTORS):
        if key == "synthesis.input.transform":  # the identity, where it is missing
            continue
        tensors = tensors_of(SMALL, label_dim=2, filters=FACTORS)
        del tensors[key]
        named = key.rpartition(".")[0] if key.startswith("mapping.fc") else key
        with pytest.raises(ModelError, match=named.replace(".", r"\.")):
            stylegan3_record(tensors, "g")
    tensors = tensors_of(SMALL) | {"synthesis.L2_52_8.noise": torch.zeros(())}
    with pytest.raises(ModelError, match=r"synthesis\.L2_52_8\.noise"):
        stylegan3_record(tensors, "g")
    tensors = tensors_of(SMALL) | {"synthesis.L2_52_8.bias": torch.zeros(5)}
    with pytest.raises(ModelError, match=r"synthesis\.L2_52_8\.bias has shape \(5,\)"):
        stylegan3_record(tensors, "g")


def test_sizes_off_the_schedule_and_missing_layers_are_said():
    with pytest.raises(ModelError, match="num_critical"):
        stylegan3_record(tensors_of(["36_8", "52_8", "52_8", "52_7", "52_4", "32_4", "32_3"]), "g")
    tensors = {k: v for k, v in tensors_of(SMALL).items() if ".L3_" not in k}
    with pytest.raises(ModelError, match=r"synthesis\.L3_"):
        stylegan3_record(tensors, "g")


def test_other_generators_are_not_recognised():
    assert not recognises({"synthesis.b4.conv1.weight": torch.zeros(())})
