"""The settings that a TensorFlow network was built with, checked before anything reads them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from resefa.checkpoints.formats.nvidia_tf.network import TFNetwork, shown
from resefa.checkpoints.record import CheckpointRecord
from resefa.errors import ModelError


def number(kwargs: Mapping[str, Any], key: str, default: float | None, name: str) -> float | None:
    """A finite number above 0, or None where that is the default or what is written.

    Raises:
        ModelError: it is something else.
    """
    value = kwargs.get(key, default)
    if value is None:
        return default
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e30 and math.isfinite(value):
        return float(value)
    raise ModelError(f"{name} was made with {key} {shown(value)}: a number above 0 was expected, get the file anew.")


def taps(kwargs: Mapping[str, Any], key: str, default: list[float], name: str) -> list[float]:
    """A filter's numbers.

    Raises:
        ModelError: they are no list of numbers of a sum other than 0.
    """
    value = kwargs.get(key, default)
    # NVIDIA's code takes None for a box.
    value = [1, 1] if value is None else value
    good = isinstance(value, list) and all(isinstance(tap, int | float) and abs(tap) < 1e30 for tap in value)
    if not good or not sum(value):
        raise ModelError(f"{name} was made with the filter {key} {shown(value)}: a list of numbers was expected.")
    return value


def chosen(kwargs: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """Those of the settings that are written, for a reader that knows their defaults."""
    return {key: kwargs[key] for key in keys if key in kwargs}


def refuse_disagreement(record: CheckpointRecord, kwargs: Mapping[str, Any], name: str) -> None:
    """Refuse sizes in the settings that the variables deny: whole layers or blocks may lack without a gap.

    Raises:
        ModelError: naming the setting and both sizes.
    """
    config = record.config
    implied = {
        "latent_size": config["z_dim"],
        "label_size": config["label_dim"],
        "dlatent_size": config.get("w_dim"),
        "num_channels": config["channels"],
    }
    if config.get("const", config.get("first")) == [4, 4]:
        # Forks for rectangles give "resolution" other meanings.
        implied["resolution"] = 4 << (len(config["blocks"]) - 1)
    elif "min_h" in kwargs or "min_w" in kwargs:
        # A fork for rectangles: the first block's sides, and the doublings.
        first = config.get("const", config.get("first"))
        implied |= {"min_h": first[0], "min_w": first[1], "res_log2": len(config["blocks"]) - 1}
    if "mapping_widths" in config:
        implied["mapping_layers"] = len(config["mapping_widths"])
    for key, size in implied.items():
        given = kwargs.get(key)
        if isinstance(given, int) and size is not None and given != size:
            raise ModelError(
                f"{name} was made with {key} {shown(given)}, but its variables imply {size}: the file is incomplete."
            )


def names(words: str) -> frozenset[str]:
    """Those between the spaces."""
    return frozenset(words.split())


def refuse_growing(network: TFNetwork, name: str) -> None:
    """Refuse a network whose training had not come to the full size: its last layers are not in use yet.

    ``lod`` counts the doublings that lack.

    Raises:
        ModelError: it was still growing.
    """
    lod = network.variables.get("lod")
    if lod is not None and (lod.size != 1 or float(lod.reshape(())) != 0.0):
        lacking = f"{float(lod.reshape(())):g}" if lod.size == 1 else f"of shape {lod.shape}"
        raise ModelError(
            f"{name} was saved while its generator was still growing (lod {lacking}, where 0 is full size): "
            "take a later snapshot of the same training."
        )


def remarks(network: TFNetwork, known: frozenset[str]) -> tuple[str, ...]:
    """One sentence on the settings that nothing here knows, if there are any."""
    unknown = sorted(shown(key) for key in network.kwargs if key not in known)
    return (f"Settings that are not known were passed over: {', '.join(unknown[:8])}.",) if unknown else ()
