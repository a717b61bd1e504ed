"""``resefa models``: the list of model cards, and the commands ``info``, ``pull`` and ``remove``."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from resefa.cli.commands import Command, Group
from resefa.cli.options import AsJson, Quiet
from resefa.cli.terminal import say as show

models = typer.Typer(cls=Group, invoke_without_command=True)
CardName = Annotated[str, typer.Argument(metavar="NAME", help="Name of a model card; `resefa models` lists them.")]


@models.callback()
def listing(context: typer.Context, as_json: AsJson = False) -> None:
    """List the model cards, and whether their weights are on this computer."""
    if context.invoked_subcommand:
        return
    from resefa.cli.model_text import facts, table
    from resefa.zoo.cards import cards

    if as_json:
        print(json.dumps([facts(card) for card in cards()], indent=2))
    else:
        print(table(cards()))


@models.command(cls=Command)
def info(name: CardName, as_json: AsJson = False) -> None:
    """Print a model card: licences, size, address, hash, and whether the weights are on this computer."""
    from resefa.cli.model_text import description, facts
    from resefa.zoo.cards import card

    known = card(name)
    print(json.dumps(facts(known), indent=2) if as_json else description(known))


@models.command(cls=Command)
def pull(
    name: CardName,
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="SOURCE",
            help="Source of the weights instead of the card's address: a local file, wheel or folder, or the URL of a mirror.",
        ),
    ] = None,
    repin: Annotated[
        bool,
        typer.Option("--repin", help="Download again and accept a changed file, whose hash replaces the pinned hash."),
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Download a model's weights and verify their hash. Weights that are part of resefa are only verified."""
    from resefa.cli.model_text import facts, licence_rows, origin
    from resefa.cli.terminal import bar
    from resefa.errors import UsageError
    from resefa.generators.fetch import fetch
    from resefa.zoo.cards import card
    from resefa.zoo.pull import refuse_repin_of_published

    def say(line: str) -> None:
        if not quiet:
            show(line, error=True)

    known = card(name)
    if source is not None and not source.strip():
        raise UsageError("--from is empty; give a file, a folder or a URL.")
    if repin:
        refuse_repin_of_published(known)
    before = "none" if repin else origin(known)
    say("\n".join([f"{known.name}: licences", *(f"  {key:<14}{text}" for key, text in licence_rows(known))]))
    with bar(f"fetching {known.name}", quiet or as_json, transfer=True) as progress:
        path = fetch(
            known,
            source_file=source if source and "://" not in source else None,
            url=source if source and "://" in source else None,
            repin=repin,
            progress=progress,
            waiting=lambda: say(f"waiting for another command, which is downloading {known.name}"),
            notice=say,
        )
    found = facts(known)["files"]
    if as_json:
        alone = {"sha256": found[0]["sha256"], "size": path.stat().st_size} if path.is_file() else {}
        ends = {"hash": origin(known), "use": known.use, "licence": known.licence, "files": found}
        print(json.dumps({"name": known.name, "path": str(path)} | alone | ends))
    elif not quiet:
        first = ", ".join(file["sha256"] for file in found if file["hash"] == "pinned")
        checks = {
            "none": f"sha256 pinned ({first})",
            "pinned": "verified against the pinned sha256",
            "mirrored": "verified against the sha256 of a mirror",
        }
        done = "part of resefa, verified; no download is needed" if known.embedded else checks.get(before, "verified")
        show(f"{known.name}: {done}, {path}")


@models.command(cls=Command)
def remove(
    name: CardName,
    pin: Annotated[
        bool,
        typer.Option(
            "--pin", help="Also remove the pinned sha256; the next download will be trusted and pinned again."
        ),
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Remove a model's weights from this computer. The pinned sha256 stays unless --pin is given."""
    from resefa.zoo.cards import card
    from resefa.zoo.store import pins_path
    from resefa.zoo.store import remove as remove_weights

    known = card(name)
    freed = remove_weights(known, pin=pin)
    pinned = pins_path(known).exists()
    if as_json:
        print(json.dumps({"name": known.name, "freed": freed, "pinned": pinned}))
    elif not quiet:
        if known.embedded:
            print(f"{known.name}: part of resefa, nothing removed")
            return
        kept = "; the pinned sha256 stays (use --pin to remove it)" if pinned else ""
        print(
            f"{known.name}: {freed / 1e6:,.1f} MB removed{kept}"
            if freed
            else f"{known.name}: no weights on this computer{kept}"
        )
