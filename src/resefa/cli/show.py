"""``resefa show``: what a directions file holds."""

from __future__ import annotations

import json
from pathlib import Path

from resefa.cli.options import AsJson, DirectionsFile
from resefa.cli.terminal import say

_NOT_SAID = "not said by the file; import it with --space or --model"


def show(directions: DirectionsFile, as_json: AsJson = False) -> None:
    """Print what a directions file holds."""
    from resefa.directions.formats.asked import SpaceNotSaid
    from resefa.directions.storage import interpreted, open_directions

    opened = open_directions(directions)
    try:
        print_directions(interpreted(opened), as_json, directions)
    except SpaceNotSaid:
        print_directions(interpreted(opened, default="Z"), as_json, directions, space_said=False)


def print_directions(found, as_json: bool, path: Path, space_said: bool = True) -> None:  # type: ignore[no-untyped-def]
    """Facts and a row of figures per direction; ``space_said``: whether the file says of which space they are."""
    from resefa.directions import shown
    from resefa.errors import printable

    if as_json:
        facts = shown.facts(found) | ({} if space_said else {"space": None})
        names = found.provenance.names
        head = {"file": str(path), "count": len(found), "dimensions": found.dimensions}
        named = {} if names is None else {"names": list(names)}
        print(json.dumps({**head, "provenance": facts | named, **shown.table(found)}, indent=2))
        return
    say(
        "\n".join(
            [f"{printable(path, 300)}: {shown.count_of(found)}", *shown.lines(found, None if space_said else _NOT_SAID)]
        )
    )
