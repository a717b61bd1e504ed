"""``resefa worlds``: labelled pictures of a drawn world."""

from __future__ import annotations

from typing import Annotated

import typer

from resefa.cli.commands import Command, Group
from resefa.cli.options import AsJson, Quiet
from resefa.cli.terminal import report, say

worlds = typer.Typer(cls=Group, no_args_is_help=True)


@worlds.callback()
def about() -> None:
    """Draw labelled pictures whose attributes and masks are exactly known."""


@worlds.command(cls=Command)
def draw(
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FOLDER", help="New folder for the data set; an interrupted run resumes there."
        ),
    ] = "toon_heads",
    count: Annotated[int, typer.Option(metavar="COUNT", help="Number of heads.")] = 1000,
    seed: Annotated[
        int, typer.Option(metavar="SEED", help="Seed of the heads; the same seed gives the same heads.")
    ] = 0,
    size: Annotated[
        int, typer.Option(metavar="PIXELS", help="Side of each picture in pixels: 256, 128, 64, 32 or 16.")
    ] = 256,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Draw toon heads: pictures, label maps and a table of attributes."""
    from resefa.cli.terminal import bar
    from resefa.errors import InterruptedWorkError, OutputError
    from resefa.worlds.data_set import write_data_set
    from resefa.worlds.toon.world import ToonWorld

    if not output.strip():
        raise OutputError("--output is empty; name a folder for the data set.")
    world = ToonWorld(size)
    try:
        with bar("heads", quiet or as_json) as progress:
            written = write_data_set(world, output, count, seed, progress)
    except KeyboardInterrupt:
        raise InterruptedWorkError(
            f"interrupted; the heads drawn so far are in {output.rstrip('/')}.partial; repeat the same command to resume."
        ) from None
    if written.reused and not (quiet or as_json):
        say(f"resumed: {written.reused} of {count} heads were drawn before", error=True)
    facts = {"output": output, "count": count, "seed": seed, "size": size, "reused": written.reused}
    report(as_json, quiet, f"wrote {output}", {**facts, "tables": list(written.tables), "labels": list(world.labels)})
