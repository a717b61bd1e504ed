"""ProGAN from NVIDIA's TensorFlow code: ``networks.py`` in tkarras/progressive_growing_of_gans, and its copy in NVlabs/stylegan.

The upsampling layer of a block is ``Conv0_up`` if fused, else ``Conv0``. Fused kernels are
(h, w, outputs, inputs) in the first repository (pickles of version 2), (h, w, inputs, outputs) in the second (3).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from resefa.checkpoints.families.progan import progan_record
from resefa.checkpoints.formats.nvidia_tf import places, settings
from resefa.checkpoints.formats.nvidia_tf.network import TFNetwork, shown
from resefa.checkpoints.formats.nvidia_tf.places import Place
from resefa.checkpoints.formats.nvidia_tf.theano import VERSION as THEANO
from resefa.checkpoints.record import CheckpointRecord, Source
from resefa.checkpoints.tensor_checks import refuse_other
from resefa.errors import ModelError

_FAMILY = "ProGAN"
_PASSED = ("use_wscale", "use_pixelnorm", "use_leakyrelu", "normalize_latents")
_KNOWN = settings.names(
    "num_channels resolution label_size fmap_base fmap_decay fmap_max latent_size pixelnorm_epsilon dtype fused_scale "
    "structure mbstd_group_size func_name"
) | frozenset(_PASSED)


def recognises(network: TFNetwork) -> bool:
    """Whether the network has no mapping and begins with a dense layer or ends with an image."""
    return any(name.startswith(("4x4/Dense/", "ToRGB_lod")) for name in network.variables)


def progan_from_tf(network: TFNetwork, name: str) -> CheckpointRecord:
    """Record of a fully grown generator.

    Raises:
        ModelError: a variable is missing, unexpected or of a different shape, or a setting has an unsupported value.
    """
    kwargs = network.kwargs
    settings.refuse_growing(network, name)
    refuse_other(kwargs, {"pixelnorm_epsilon": 1e-8}, name)
    labels = kwargs.get("label_size", 0)
    if not isinstance(labels, int) or isinstance(labels, bool) or not 0 <= labels < 1 << 20:
        raise ModelError(
            f"{name} has label_size {shown(labels)}; expected the number of classes, a whole number of at least 0."
        )
    fused = any("/Conv0_up/" in key for key in network.variables)
    found = _places(network, fused)
    unused = r"lod|ToRGB_lod[1-9]\d*/(weight|bias)"
    tensors = places.tensors_of(network, found, unused, name, _FAMILY)
    wanted = settings.chosen(kwargs, _PASSED) | {
        "fused_scale": fused,
        "label_size": labels,
        "joint_labels": network.version != THEANO,
    }
    record = places.recorded(progan_record, tensors, wanted, found, name)
    settings.refuse_disagreement(record, kwargs, name)
    code = "Theano" if network.version == THEANO else "TensorFlow"
    source = Source(f"NVIDIA {code} ProGAN", network.name, notes=settings.remarks(network, _KNOWN))
    return replace(record, source=source)


def _places(network: TFNetwork, fused: bool) -> dict[str, Place]:
    variables = network.variables
    sizes = places.resolutions(variables)
    outputs_first = fused and _outputs_first(network, sizes)
    found: dict[str, Place] = {}
    for i, size in enumerate(sizes):
        parts = ("Conv0_up" if fused else "Conv0", "Conv1") if i else ("Dense", "Conv")
        for j, part in enumerate(parts):
            layer, key = f"{size}x{size}/{part}", f"b{size}.conv{j}"
            if part == "Dense":
                found[f"{layer}/weight"] = Place(f"{key}.weight", 2, _first)
            elif part == "Conv0_up" and outputs_first:
                found[f"{layer}/weight"] = Place(f"{key}.weight", 4, lambda a: a.transpose(2, 3, 0, 1))
            else:
                found[f"{layer}/weight"] = places.kernel(f"{key}.weight")
            found[f"{layer}/bias"] = places.as_is(f"{key}.bias")
    found["ToRGB_lod0/weight"] = places.kernel("torgb.weight")
    found["ToRGB_lod0/bias"] = places.as_is("torgb.bias")
    return found


def _first(array: np.ndarray) -> np.ndarray:
    """Dense layer: (i, o * 4 * 4) -> (o, i, 4, 4)."""
    return array.reshape(array.shape[0], -1, 4, 4).transpose(1, 0, 2, 3)


def _outputs_first(network: TFNetwork, sizes: list[int]) -> bool:
    """Whether fused kernels store their outputs first, decided by a kernel with unequal widths, else by the version."""
    for size in sizes[1:]:
        kernel = network.variables.get(f"{size}x{size}/Conv0_up/weight")
        bias = network.variables.get(f"{size}x{size}/Conv0_up/bias")
        if kernel is not None and bias is not None and kernel.ndim == 4 and kernel.shape[2] != kernel.shape[3]:
            return kernel.shape[2] == bias.size
    return network.version == 2
