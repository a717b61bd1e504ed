"""Compatibility with folders from resefa 0.1, whose names of methods, settings and record kinds are replaced on reading."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from resefa.methods.registry import ALIASES

SETTINGS = {"own": "per-image", "carried": "transferred"}
KINDS = {"strangers": "unrelated"}
_ROBUST = re.compile(rf"^(robust:.*:)({'|'.join(ALIASES)})(:\{{.*)$")


def current_method(name: str) -> str:
    """The present name of a method; names that did not change are returned unchanged."""
    return ALIASES.get(name, name)


def current_record(record: dict[str, Any]) -> dict[str, Any]:
    """A record of the results file with the present names of methods, settings and kinds."""
    changes: dict[str, Any] = {}
    kind = record.get("kind")
    if kind in KINDS:
        changes["kind"] = KINDS[kind]
    if kind == "end":
        changes["block"] = _current_block(record["block"])
    for field, current in (("method", current_method), ("setting", _current_setting)):
        if isinstance(record.get(field), str):
            changes[field] = current(record[field])
    return {**record, **changes}


def current_titles(titles: Mapping[str, str]) -> dict[str, str]:
    """The titles of methods, by the methods' present names."""
    return {current_method(name): title for name, title in titles.items()}


def current_feature_key(key: str) -> str:
    """The key of stored features with present names, for example ``per-image|mouth|sefa|+1`` for ``own|mouth|sefa|+1``."""
    setting, separator, rest = key.partition("|")
    parts = rest.rsplit("|", 2)
    if not separator or len(parts) != 3:
        return key
    region, method, sign = parts
    return "|".join((_current_setting(setting), region, current_method(method), sign))


def existing_file(path: Path, setting: str | None, method: str) -> Path:
    """``path``, or the path of the corresponding file from resefa 0.1 if only that file exists."""
    if path.exists():
        return path
    for name in _earlier_names(path.name, setting, method):
        if (earlier := path.with_name(name)).exists():
            return earlier
    return path


def _earlier_names(name: str, setting: str | None, method: str) -> Iterator[str]:
    methods = [earlier for earlier, current in ALIASES.items() if current == method] or [method]
    settings = [earlier for earlier, current in SETTINGS.items() if current == setting] or [setting]
    for earlier in methods:
        for where in settings:
            now, then = (f"-{a}-{b}" if a else f"-{b}" for a, b in ((setting, method), (where, earlier)))
            head, found, tail = name.rpartition(now)
            if found:
                yield head + then + tail


def _current_setting(name: str) -> str:
    return SETTINGS.get(name, name)


def _current_block(name: str) -> str:
    kind, _, about = name.partition(":")
    if kind == "carried":
        region, _, method = about.rpartition(":")
        return f"transferred:{region}:{current_method(method)}"
    if found := _ROBUST.match(name):
        return found[1] + current_method(found[2]) + found[3]
    return name
