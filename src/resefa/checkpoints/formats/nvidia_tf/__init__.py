"""Generators of NVIDIA's TensorFlow code: the family is read off the variables' names."""

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
    """The record of a generator of any of the families.

    Raises:
        ModelError: it is none of them, or one that is not built.
    """
    for recognises, translate in _FAMILIES:
        if recognises(network):
            return translate(network, name)
    first = ", ".join(shown(key) for key in list(network.variables)[:3]) or "none"
    raise ModelError(
        f"{name} holds the TensorFlow network {shown(network.name)} with the variables {first} and so on, but a generator of "
        "ProGAN, StyleGAN1 or StyleGAN2 was expected: a discriminator is not enough."
    )
