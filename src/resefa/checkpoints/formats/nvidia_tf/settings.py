"""Settings of a TensorFlow network, checked before use."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from resefa.checkpoints.formats.nvidia_tf.network import TFNetwork, shown
from resefa.checkpoints.record import CheckpointRecord
from resefa.errors import ModelError


def number(kwargs: Mapping[str, Any], key: str, default: float | None, name: str) -> float | None:
    """Finite number above 0, or None if the setting is None.

    Raises:
        ModelError: the setting is something else.
    """
    value = kwargs.get(key, default)
    if value is None:
        return default
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e30 and math.isfinite(value):
        return float(value)
    raise ModelError(
        f"{name} has the setting {key} {shown(value)}; expected a number above 0: download the file again."
    )


def taps(kwargs: Mapping[str, Any], key: str, default: list[float], name: str) -> list[float]:
    """Taps of a resampling filter, from a setting.

    Raises:
        ModelError: the setting is not a list of numbers with a sum other than 0.
    """
    value: Any = kwargs.get(key, default)
    if value is None:  # a box filter in NVIDIA's code
        return [1, 1]
    good = isinstance(value, list) and all(isinstance(tap, int | float) and abs(tap) < 1e30 for tap in value)
    if not good or not sum(value):
        raise ModelError(
            f"{name} has the filter {key} {shown(value)}; expected a list of numbers: download the file again."
        )
    return value


def chosen(kwargs: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """The settings that the file contains; the family's reader supplies defaults for the rest."""
    return {key: kwargs[key] for key in keys if key in kwargs}


def refuse_disagreement(record: CheckpointRecord, kwargs: Mapping[str, Any], name: str) -> None:
    """Refuse sizes that contradict the variables, since whole layers or blocks may be missing without a gap.

    Raises:
        ModelError: a setting differs; the message names it and both sizes.
    """
    config = record.config
    implied = {
        "latent_size": config["z_dim"],
        "label_size": config["label_dim"],
        "dlatent_size": config.get("w_dim"),
        "num_channels": config["channels"],
    }
    if config.get("const", config.get("first")) == [4, 4]:
        # In forks for rectangles "resolution" has other meanings.
        implied["resolution"] = 4 << (len(config["blocks"]) - 1)
    elif "min_h" in kwargs or "min_w" in kwargs:
        # A fork for rectangles: sides of the first block, and the number of doublings.
        first = config.get("const", config.get("first"))
        implied |= {"min_h": first[0], "min_w": first[1], "res_log2": len(config["blocks"]) - 1}
    if "mapping_widths" in config:
        implied["mapping_layers"] = len(config["mapping_widths"])
    for key, size in implied.items():
        given = kwargs.get(key)
        if isinstance(given, int) and size is not None and given != size:
            raise ModelError(
                f"{name} has the setting {key} {shown(given)}, but its variables imply {size}: the file is incomplete."
            )


def names(words: str) -> frozenset[str]:
    """The set of space-separated words in a text."""
    return frozenset(words.split())


def refuse_growing(network: TFNetwork, name: str) -> None:
    """Refuse a network that was not fully grown, whose last layers are not yet used.

    ``lod`` counts the missing doublings.

    Raises:
        ModelError: the network was still growing.
    """
    lod = network.variables.get("lod")
    if lod is not None and (lod.size != 1 or float(lod.reshape(())) != 0.0):
        lacking = f"{float(lod.reshape(())):g}" if lod.size == 1 else f"of shape {lod.shape}"
        raise ModelError(
            f"{name} was saved while its generator was still growing (lod {lacking}; 0 is full size): "
            "use a later snapshot of the same training."
        )


def remarks(network: TFNetwork, known: frozenset[str]) -> tuple[str, ...]:
    """Note for the user that lists unknown settings, if any."""
    unknown = sorted(shown(key) for key in network.kwargs if key not in known)
    return (f"Unknown settings were ignored: {', '.join(unknown[:8])}.",) if unknown else ()
