"""Generators of NVIDIA's TensorFlow code; the names of the variables reveal the family."""

from __future__ import annotations

from resefa.checkpoints.formats.nvidia_tf import progan, stylegan1, stylegan2
from resefa.checkpoints.formats.nvidia_tf.network import TFNetwork, flattened, shown
from resefa.checkpoints.record import CheckpointRecord
from resefa.errors import ModelError

__all__ = ["TFNetwork", "flattened", "record"]

_FAMILIES = (
    (stylegan2.recognises, stylegan2.stylegan2_from_tf),
    (stylegan1.recognises, stylegan1.stylegan1_from_tf),
    (progan.recognises, progan.progan_from_tf),
)


def record(network: TFNetwork, name: str) -> CheckpointRecord:
    """Record of a ProGAN, StyleGAN1 or StyleGAN2 generator.

    Raises:
        ModelError: the network is not a supported generator.
    """
    for recognises, translate in _FAMILIES:
        if recognises(network):
            return translate(network, name)
    first = ", ".join(shown(key) for key in list(network.variables)[:3]) or "none"
    raise ModelError(
        f"{name} holds the TensorFlow network {shown(network.name)} with the variables {first}, ..., which is not a generator "
        "of ProGAN, StyleGAN1 or StyleGAN2; choose the file or entry with the generator."
    )
