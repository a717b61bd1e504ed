"""Channels of StyleSpace (Wu et al. 2021): (layer index, channel index[, strength]), as listed in the paper and betterze/StyleSpace.

Layers count every affine layer of StyleGAN2, ToRGB included (26 at 1024 pixels): the order in which S concatenates them here, so
that ``(9, 409)`` is channel 409 of ``style_layers[9]``; xrenaa/StyleSpace-pytorch goes by the same numbers. Neither project
defines a file format, so the usual ones for such lists are read: JSON (``[[9, 409], [12, 330, -50]]``, or names as
betterze's tables have them, ``{"smiling": [[6, 501]]}``), lines of text (``9_409``, ``(12, 330)``, ``goatee: 9 421 -20``), and
``.npz`` arrays of (m, 2) or (m, 3). A negative strength turns the direction round.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from resefa.directions.formats.import_options import Fields, ImportOptions, imported
from resefa.errors import DirectionsError, parameter
from resefa.generators.base import BaseGenerator

if TYPE_CHECKING:
    from resefa.directions.directions import Directions

NAME = "StyleSpace"
ENDING = ".json"
MOST = 2048
_SEPARATORS = re.compile(r"[_,\s]+")
_STRENGTH = re.compile(r"[-+]?[0-9][0-9.eE+-]{0,40}")
_LARGEST_INDEX = 6
"""Largest number of digits in a layer or channel index."""
_AROUND = " \t[]{},;"


class Channel(NamedTuple):
    """One channel of S, with its name and strength if the file states them."""

    layer: int
    channel: int
    strength: float | None = None
    name: str = ""


def recognises(content: Any, options: ImportOptions) -> bool:
    """Whether the content is a list of channels as text, or a mapping of (m, 2) or (m, 3) arrays."""
    if isinstance(content, str):
        return content.lstrip()[:1] in ("[", "{") or bool(_of_lines(content))
    if not isinstance(content, Mapping) or not content:
        return False
    return all(isinstance(one, np.ndarray) and one.ndim == 2 and one.shape[1] in (2, 3) for one in content.values())


def read(content: str | Mapping[str, np.ndarray], options: ImportOptions) -> Fields:
    """One direction in S for each channel, at the index given by the model's style layers.

    Raises:
        DirectionsError: no model, a channel that the model does not have, or other text.
    """
    found = _of_text(content, options.name) if isinstance(content, str) else _of_arrays(content, options.name)
    if options.space not in (None, "S") or options.layers is not None:
        raise DirectionsError(
            f"{options.name} lists channels of S and so determines space and layers; omit {parameter('space')} and {parameter('layers')}."
        )
    rows = rows_of_channels(found, style_channels(options.generator, options.name), options.name)
    steps = None if all(one.strength is None for one in found) else [abs(one.strength or 1.0) for one in found]
    names = [f"{one.name} {one.layer}_{one.channel}".strip() for one in found]
    return imported(rows, options, NAME, "S", steps=steps, names=names)


def style_channels(generator: BaseGenerator | None, name: str) -> list[int]:
    """The number of channels of S in each style layer, in the order of S.

    Raises:
        DirectionsError: no model, or one without a style space.
    """
    table = getattr(getattr(generator, "network", None), "style_layers", ())
    if not table:
        which = "no model was given" if generator is None else f"{generator.name} has no style space"
        raise DirectionsError(f"{name} needs the style layers of a StyleGAN, but {which}; give {parameter('model')}.")
    return [layer.channels for layer in table]


def rows_of_channels(found: Sequence[Channel], channels: Sequence[int], name: str) -> np.ndarray:
    """Rows (k, n_S) with a single 1, or -1 if the strength is negative.

    Args:
        channels: of each style layer, see ``style_channels``.
    """
    if not 0 < len(found) <= MOST:
        raise DirectionsError(f"{name} lists {len(found)} channels; expected 1 to {MOST}.")
    rows = np.zeros((len(found), sum(channels)))
    for row, one in zip(rows, found, strict=True):
        if one.layer >= len(channels) or one.channel >= channels[one.layer]:
            has = (
                f"channels 0-{channels[one.layer] - 1}"
                if one.layer < len(channels)
                else f"layers 0-{len(channels) - 1}"
            )
            raise DirectionsError(
                f"{name} names channel {one.layer}_{one.channel}, but the model has {has}; give the model that the list was made for."
            )
        row[sum(channels[: one.layer]) + one.channel] = -1 if (one.strength or 1) < 0 else 1
    return rows


def write(directions: Directions, generator: BaseGenerator | None = None) -> bytes:
    """Write JSON for ``read``: ``{"name": [[layer, channel, strength]]}`` if all directions have names, else a list.

    Raises:
        DirectionsError: no model, or a direction that is not a single channel of S.
    """
    own = directions.provenance
    if own.space != "S":
        raise DirectionsError(
            f"A StyleSpace list contains channels of S, but these directions lie in {own.space}; use {parameter('format', 'w+')} or npy."
        )
    channels = style_channels(generator, "A StyleSpace list")
    assert generator is not None
    rows = generator.motion("S", own.layers, "S").lift(directions.vectors).detach().cpu().numpy()
    starts = np.cumsum([0, *channels])
    entries: dict[str, list[list[float]]] = {}
    for i, row in enumerate(rows):
        (places,) = row.nonzero()
        if len(places) != 1:
            raise DirectionsError(
                f"Direction {i} moves {len(places)} channels, but a StyleSpace list contains single channels; use {parameter('format', 'npy')}."
            )
        layer = int(np.searchsorted(starts, places[0], "right")) - 1
        entry: list[float] = [layer, int(places[0] - starts[layer])]
        if own.steps is not None or row[places[0]] < 0:
            entry.append(math.copysign(1.0 if own.steps is None else own.steps[i], row[places[0]]))
        label = "" if own.names is None else own.names[i].removesuffix(f"{entry[0]}_{entry[1]}").strip()
        entries.setdefault(label, []).append(entry)
    return json.dumps(entries[""] if set(entries) == {""} else entries, ensure_ascii=False).encode()


def _of_text(text: str, name: str) -> list[Channel]:
    if text.lstrip()[:1] in ("[", "{"):
        try:
            content = json.loads(text)
            tables = content.items() if isinstance(content, dict) else [("", content)]
            found = [_channel(one, key) for key, entries in tables for one in _entries(entries)]
        except RecursionError as error:
            raise DirectionsError(
                f"{name} is nested too deeply for a list of channels; write JSON such as [[9, 409], [12, 330, -50]]."
            ) from error
        except (ValueError, TypeError, OverflowError) as error:
            # Python's way of writing such lists, (9, 409) line by line, may also start with a bracket.
            found = _of_lines(text)
            if not found:
                raise DirectionsError(
                    f"{name} is not a list of style channels; expected JSON such as [[9, 409], [12, 330, -50]], or lines such as 9_409."
                ) from error
        return found
    found = _of_lines(text)
    if not found:
        raise DirectionsError(f"{name} is not a list of style channels; expected lines such as 9_409 or 12_330 -50.")
    return found


def _entries(entries: Any) -> list[Any]:
    """The channels of a list, or of a single entry."""
    alone = isinstance(entries, str) or (
        isinstance(entries, list) and not any(isinstance(one, list | str) for one in entries)
    )
    return [entries] if alone and entries else list(entries)


def _channel(entry: Any, name: str) -> Channel:
    if isinstance(entry, str):
        entry = _numbers(entry)
    if not isinstance(entry, list) or len(entry) not in (2, 3) or not all(type(one) in (int, float) for one in entry):
        raise ValueError
    layer, channel, *strength = entry
    if int(layer) != layer or int(channel) != channel or min(layer, channel) < 0:
        raise ValueError
    if strength and (not math.isfinite(strength[0]) or strength[0] == 0):
        raise ValueError
    return Channel(int(layer), int(channel), float(strength[0]) if strength else None, name.strip())


def _numbers(text: str) -> list[float]:
    """Layer, channel and optional strength from ``9_409``, ``12, 330`` or ``9 421 -20``; ValueError for other text."""
    layer, channel, *strength = _SEPARATORS.split(text.strip())
    for index in (layer, channel):
        if not (index.isascii() and index.isdecimal() and len(index) <= _LARGEST_INDEX):
            raise ValueError
    if len(strength) > 1 or not all(map(_STRENGTH.fullmatch, strength)):
        raise ValueError
    return [int(layer), int(channel), *map(float, strength)]


def _of_lines(text: str) -> list[Channel]:
    """The channels on all lines, or in all lines of a Python table; none if a line has other content."""
    found: list[Channel] = []
    for raw in text.splitlines():
        line = raw.split("#")[0].replace("'", "").replace('"', "").strip()
        if not line.strip("[]{}(), "):
            continue
        name, colon, rest = line.partition(":")
        try:
            found += [
                _channel(_numbers(one), name if colon else "") for one in _entries_of_line(rest if colon else line)
            ]
        except ValueError:
            return []
    return found


def _entries_of_line(text: str) -> list[str]:
    """Split a line into entries: ``9, 409`` from ``[9, 409],``; two from ``(9, 421), (9, 6)``. ValueError for other text."""
    if "(" not in text:
        return [text.strip(_AROUND)]
    before, *parts = text.split("(")
    entries = []
    for part in parts:
        inside, bracket, after = part.partition(")")
        if not bracket or after.strip(_AROUND):
            raise ValueError
        entries.append(inside)
    if before.strip(_AROUND):
        raise ValueError
    return entries


def _of_arrays(content: Mapping[str, np.ndarray], name: str) -> list[Channel]:
    try:
        alone = len(content) == 1
        return [_channel(list(map(float, row)), "" if alone else key) for key, rows in content.items() for row in rows]
    except (ValueError, TypeError, OverflowError) as error:
        raise DirectionsError(
            f"{name} is not a list of style channels; expected rows of layer, channel and strength."
        ) from error
