"""A named edit from GANSpace (harskish/ganspace, ``interactive.py``, ``export_direction``): a pickled mapping.

``name, component_index, lat_comp (1, n), lat_stdev, latent_space ("Z" or "W"), edit_type ("latent", "activation", "both"),
edit_start, edit_end`` (layers, the end excluded), ``model_name, output_class, truncation`` and the same for activations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard

from resefa.directions.formats.ganspace import components, one_each
from resefa.directions.formats.import_options import Fields, ImportOptions, imported, numbers
from resefa.errors import DirectionsError, printable
from resefa.latents.layers import layer_text

NAME = "GANSpace's edit"


def recognises(content: Any, options: ImportOptions) -> bool:
    return isinstance(content, Mapping) and {"lat_comp", "edit_type"} <= set(content)


def read(content: Mapping[str, Any], options: ImportOptions) -> Fields:
    """The direction, its layers and its step."""
    kind = content["edit_type"]
    if kind != "latent":
        raise DirectionsError(
            f"{options.name} is a GANSpace edit with type {printable(kind, 40)}, which moves activations inside the network; only edits with type 'latent' are supported."
        )
    rows = components(numbers(content["lat_comp"], options.name, "lat_comp"), options.name, "lat_comp")
    steps = None
    if "lat_stdev" in content:
        step = numbers(content["lat_stdev"], options.name, "lat_stdev").ravel()
        steps = one_each(step, rows, options.name, "lat_stdev")
    space = content.get("latent_space", "Z")
    if space not in ("Z", "W"):
        raise DirectionsError(f"{options.name} names the latent space {printable(space, 40)}; expected Z or W.")
    model = _short(content.get("model_name", ""))
    facts: dict[str, Any] = {}
    truncation = content.get("truncation")
    if model.startswith(("StyleGAN2", "BigGAN")) and _fraction(truncation):
        facts["truncation"] = float(truncation)
        if steps is not None and (model, space) == ("StyleGAN2", "W"):
            # There truncation acts after the edit and shortens it; here it acts before.
            steps = steps * float(truncation)
    name = _short(content.get("name"))
    if options.generator is None:
        facts["model"] = " ".join(part for part in (model, _short(content.get("output_class", ""))) if part)
    names = [f"{name} #{i}" for i in range(len(rows))] if name else None
    layers = _layers(content, options, space, model)
    return imported(rows, options, NAME, space, layers=layers, steps=steps, names=names, **facts)


def _layers(content: Mapping[str, Any], options: ImportOptions, space: str, model: str) -> str | None:
    """``edit_start`` to ``edit_end`` - 1 as text; None for all layers of the model."""
    start, end = content.get("edit_start"), content.get("edit_end")
    if start is None or end is None:
        return None
    if (
        not all(isinstance(one, int) and not isinstance(one, bool) for one in (start, end))
        or not 0 <= start < end <= 1000
    ):
        raise DirectionsError(
            f"{options.name} edits layers {printable(start, 40)} to {printable(end, 40)}; expected two ascending whole numbers."
        )
    # Models without layers of their own count as having one; all layers of a StyleGAN's Z are Z itself.
    count = len(getattr(options.generator, "layer_resolutions", ())) or 1
    everything = (start, end) == (0, 1) and not model.startswith(("BigGAN", "StyleGAN"))
    if everything or (options.generator is not None and start == 0 and end == count):
        return None
    return layer_text(range(start, end))


def _short(value: Any) -> str:
    """A text or number from the file as short text; ``""`` for other values."""
    if isinstance(value, str):
        return value[:100].strip()
    return printable(value) if isinstance(value, int | float) else ""


def _fraction(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1
