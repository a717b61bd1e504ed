"""StyleGAN2 and StyleGAN2-ADA from NVIDIA's TensorFlow code: repositories NVlabs/stylegan2 and NVlabs/stylegan2-ada.

Kernels of upsampling layers are flipped along both axes, compared with NVIDIA's PyTorch code. TensorFlow adds 1 to the
biases of the style layers in every pass; the PyTorch code stores biases that include the 1.
"""

from __future__ import annotations

from dataclasses import replace

from resefa.checkpoints.families.stylegan2 import stylegan2_record
from resefa.checkpoints.formats.nvidia_tf import places, settings
from resefa.checkpoints.formats.nvidia_tf.network import TFNetwork
from resefa.checkpoints.formats.nvidia_tf.places import Place
from resefa.checkpoints.record import CheckpointRecord, Source
from resefa.checkpoints.tensor_checks import refuse_other

_FAMILY = "StyleGAN2"
_LABELS_BEFORE_ADA = "mapping/LabelConcat/weight"
_KNOWN = settings.names(
    "latent_size label_size dlatent_size resolution num_channels mapping_layers label_fmaps mapping_fmaps dlatent_broadcast "
    "mapping_nonlinearity mapping_lrmul normalize_latents w_avg_beta dlatent_avg_beta fmap_base fmap_decay fmap_min fmap_max "
    "fmap_const num_fp16_res conv_clamp architecture resample_kernel use_noise randomize_noise nonlinearity fused_modconv "
    "truncation_psi truncation_cutoff truncation_psi_val truncation_cutoff_val style_mixing_prob structure dtype func_name "
    "mapping_func synthesis_func min_h min_w res_log2"
)


def recognises(network: TFNetwork) -> bool:
    """Whether the network has modulated convolutions."""
    return any(name.endswith("/mod_weight") for name in network.variables)


def stylegan2_from_tf(network: TFNetwork, name: str) -> CheckpointRecord:
    """Record of a generator.

    Raises:
        ModelError: a variable is missing, unexpected or of a different shape, or a setting has an unsupported value.
    """
    kwargs = network.kwargs
    refuse_other(kwargs, {"mapping_nonlinearity": "lrelu", "nonlinearity": "lrelu", "normalize_latents": True}, name)
    settings.refuse_growing(network, name)
    found = _places(network)
    # ToRGB layers of smaller images, used while a generator of configuration B to D grew.
    unused = r"lod|synthesis/lod|synthesis/ToRGB_lod[1-9]\d*/(weight|bias|mod_weight|mod_bias)"
    tensors = places.tensors_of(network, found, unused, name, _FAMILY)
    wanted = {
        "conv_clamp": settings.number(kwargs, "conv_clamp", None, name),
        "lr_multiplier": settings.number(kwargs, "mapping_lrmul", 0.01, name),
        "joint_labels": _LABELS_BEFORE_ADA in found,
        "resample_filter": settings.taps(kwargs, "resample_kernel", [1, 3, 3, 1], name),
    }
    record = places.recorded(stylegan2_record, tensors, wanted, found, name)
    settings.refuse_disagreement(record, kwargs, name)
    built = {"use_noise": record.config["noise"]}
    if len(record.config["blocks"]) > 1:
        built["architecture"] = record.config["architecture"]
    refuse_other(kwargs, {key: value for key, value in built.items() if key in kwargs}, name)
    source = Source("NVIDIA TensorFlow StyleGAN2", network.name, notes=settings.remarks(network, _KNOWN))
    return replace(record, source=source)


def _places(network: TFNetwork) -> dict[str, Place]:
    """Target of each variable by its name; the names also show which layers the network has."""
    variables = network.variables
    noise = any(name.startswith("synthesis/noise") or name.endswith("/noise_strength") for name in variables)
    sizes = places.block_sizes(variables, "synthesis/")
    grown = any(name.startswith("synthesis/ToRGB_lod") for name in variables)
    images = [size for size in sizes if f"synthesis/{size}/ToRGB/weight" in variables]
    everywhere = any(size != sizes[-1] for size in images)
    residual = any(name.endswith("/Skip/weight") for name in variables)
    found: dict[str, Place] = {"dlatent_avg": places.as_is("mapping.w_avg")}
    if _LABELS_BEFORE_ADA in variables:
        found[_LABELS_BEFORE_ADA] = places.dense("mapping.embed.weight")
    elif any(name.startswith("mapping/LabelEmbed/") for name in variables) or network.kwargs.get("label_size"):
        found |= _dense("mapping/LabelEmbed", "mapping.embed")
    for i in range(places.depth_of(variables)):
        found |= _dense(f"mapping/Dense{i}", f"mapping.fc{i}")
    found[f"synthesis/{sizes[0]}/Const/const"] = places.leading("synthesis.b4.const", 3)
    for i, size in enumerate(sizes):
        block, ours = f"synthesis/{size}", f"synthesis.b{4 << i}"
        layers = [("Conv0_up", "conv0"), ("Conv1", "conv1")] if i else [("Conv", "conv1")]
        for j, (part, key) in enumerate(layers):
            found |= _modulated(f"{block}/{part}", f"{ours}.{key}", turned=part == "Conv0_up")
            if noise:
                found[f"{block}/{part}/noise_strength"] = places.as_is(f"{ours}.{key}.noise_strength", axes=0)
                number = 2 * i - 1 + j if i else 0
                found[f"synthesis/noise{number}"] = places.leading(f"{ours}.{key}.noise_const", 2)
        if residual and i:
            found[f"{block}/Skip/weight"] = _turned(f"{ours}.skip.weight")
        if everywhere or size == sizes[-1]:
            found |= _modulated("synthesis/ToRGB_lod0" if grown else f"{block}/ToRGB", f"{ours}.torgb", turned=False)
    return found


def _turned(key: str) -> Place:
    """Kernel flipped along both axes: (h, w, i, o) -> (o, i, h, w)."""
    return Place(key, 4, lambda a: a[::-1, ::-1].transpose(3, 2, 0, 1))


def _dense(layer: str, key: str) -> dict[str, Place]:
    return {f"{layer}/weight": places.dense(f"{key}.weight"), f"{layer}/bias": places.as_is(f"{key}.bias")}


def _modulated(layer: str, key: str, turned: bool) -> dict[str, Place]:
    """Targets of a convolution's weight and bias, and of its style layer's weight and bias."""
    return {
        f"{layer}/weight": (_turned if turned else places.kernel)(f"{key}.weight"),
        f"{layer}/bias": places.as_is(f"{key}.bias"),
        f"{layer}/mod_weight": places.dense(f"{key}.affine.weight"),
        f"{layer}/mod_bias": Place(f"{key}.affine.bias", 1, lambda a: a + a.dtype.type(1)),
    }
