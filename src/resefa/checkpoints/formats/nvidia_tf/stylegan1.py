"""StyleGAN1 from NVIDIA's TensorFlow code: ``training/networks_stylegan.py`` in NVlabs/stylegan."""

from __future__ import annotations

from dataclasses import replace

from resefa.checkpoints.families.stylegan1 import stylegan1_record
from resefa.checkpoints.formats.nvidia_tf import places, settings
from resefa.checkpoints.formats.nvidia_tf.network import TFNetwork
from resefa.checkpoints.formats.nvidia_tf.places import Place
from resefa.checkpoints.record import CheckpointRecord, Source
from resefa.checkpoints.tensor_checks import refuse_other
from resefa.errors import ModelError

_FAMILY = "StyleGAN1"
_PASSED = (
    "nonlinearity", "mapping_nonlinearity", "use_wscale", "use_pixel_norm", "use_instance_norm", "normalize_latents",
    "blur_filter",
)  # fmt: skip
_KNOWN = settings.names(
    "latent_size label_size dlatent_size dlatent_broadcast mapping_layers mapping_fmaps mapping_lrmul num_channels resolution "
    "fmap_base fmap_decay fmap_max use_styles const_input_layer use_noise randomize_noise fused_scale structure dtype "
    "truncation_psi truncation_cutoff truncation_psi_val truncation_cutoff_val dlatent_avg_beta style_mixing_prob "
    "func_name"
) | frozenset(_PASSED)


def recognises(network: TFNetwork) -> bool:
    """Whether the network has StyleGAN1's styles."""
    return any(name.endswith("/StyleMod/weight") for name in network.variables)


def stylegan1_from_tf(network: TFNetwork, name: str) -> CheckpointRecord:
    """Record of a fully grown generator.

    Raises:
        ModelError: a variable is missing, unexpected or of a different shape, or a setting has an unsupported value.
    """
    settings.refuse_growing(network, name)
    kwargs = network.kwargs
    fused = kwargs.get("fused_scale", "auto")
    if fused != "auto" and not isinstance(fused, bool):
        raise ModelError(f'{name} has fused_scale {fused}; expected True, False or "auto".')
    found = _places(network)
    # ToRGB layers of smaller images, used while the generator grew.
    unused = r"lod|synthesis/lod|synthesis/ToRGB_lod[1-9]\d*/(weight|bias)"
    tensors = places.tensors_of(network, found, unused, name, _FAMILY)
    wanted = settings.chosen(kwargs, _PASSED) | {
        "mapping_lrmul": settings.number(kwargs, "mapping_lrmul", 0.01, name),
        "fused_scale": fused,
    }
    record = places.recorded(stylegan1_record, tensors, wanted, found, name)
    settings.refuse_disagreement(record, kwargs, name)
    if "use_noise" in kwargs:
        refuse_other(kwargs, {"use_noise": record.config["noise"]}, name)
    source = Source("NVIDIA TensorFlow StyleGAN1", network.name, notes=settings.remarks(network, _KNOWN))
    return replace(record, source=source)


def _places(network: TFNetwork) -> dict[str, Place]:
    variables = network.variables
    noise = any(name.startswith("synthesis/noise") or name.endswith("/Noise/weight") for name in variables)
    found: dict[str, Place] = {"dlatent_avg": places.as_is("mapping.w_avg")}
    if "mapping/LabelConcat/weight" in variables or network.kwargs.get("label_size"):
        found["mapping/LabelConcat/weight"] = places.dense("mapping.embed.weight")
    for i in range(places.depth_of(variables)):
        found[f"mapping/Dense{i}/weight"] = places.dense(f"mapping.fc{i}.weight")
        found[f"mapping/Dense{i}/bias"] = places.as_is(f"mapping.fc{i}.bias")
    found["synthesis/4x4/Const/const"] = places.leading("synthesis.b4.const", 3)
    for i, size in enumerate(places.resolutions(variables, "synthesis/")):
        for j, part in enumerate(("Conv0_up", "Conv1") if i else ("Const", "Conv")):
            layer, key = f"synthesis/{size}x{size}/{part}", f"synthesis.b{size}.conv{j}"
            if part != "Const":
                found[f"{layer}/weight"] = places.kernel(f"{key}.weight")
            found[f"{layer}/bias"] = places.as_is(f"{key}.bias")
            found[f"{layer}/StyleMod/weight"] = places.dense(f"{key}.affine.weight")
            found[f"{layer}/StyleMod/bias"] = places.as_is(f"{key}.affine.bias")
            if noise:
                found[f"{layer}/Noise/weight"] = places.as_is(f"{key}.noise_strength")
                found[f"synthesis/noise{2 * i + j}"] = places.leading(f"{key}.noise_const", 2)
    found["synthesis/ToRGB_lod0/weight"] = places.kernel("synthesis.torgb.weight")
    found["synthesis/ToRGB_lod0/bias"] = places.as_is("synthesis.torgb.bias")
    return found
