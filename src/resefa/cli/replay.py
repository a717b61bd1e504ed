"""``resefa replay``: writes the files of a project that was saved in the editor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from resefa.cli.options import MODEL_PANEL, AsJson, Quiet
from resefa.cli.terminal import report


def replay(
    project: Annotated[
        Path,
        typer.Argument(
            metavar="PROJECT", help="A project file that the editor (`resefa ui`) saved, such as session.json."
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="Folder to write to; created if it is missing.")
    ] = Path("replay"),
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            rich_help_panel=MODEL_PANEL,
            help="Checkpoint file or model card with the weights of the project; default: the model card that the project names.",
        ),
    ] = None,
    device: Annotated[
        str,
        typer.Option(
            metavar="DEVICE", rich_help_panel=MODEL_PANEL, help="Device for the computation: cpu, cuda or mps."
        ),
    ] = "cpu",
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write the pictures, animations, directions and numbers of a project from the editor, with the same pixels as the page."""
    import resefa
    from resefa.cli.terminal import announce, bar
    from resefa.errors import ModelError, printable
    from resefa.files.output_file import check_writable_folder
    from resefa.projects.project_file import read_project
    from resefa.projects.replaying import replay as replayed
    from resefa.zoo.cards import cards

    found = read_project(project)
    check_writable_folder(output)
    # A name in a project comes from anyone: it selects a card and never a file.
    if model is None and found.model.name not in {card.name for card in cards()}:
        raise ModelError(
            f"The project was made with {printable(found.model.name, 60)}, which is not a model card; give its checkpoint file with --model."
        )
    generator = resefa.load(model or found.model.name, device=device)
    with bar("replay", quiet or as_json) as progress:
        done = replayed(found, generator, output, progress)
    if not (quiet or as_json):
        for name, reason in done.skipped.items():
            announce(f"{name} was not written: {reason}")
    change = ""
    if done.numbers["inside"] is not None:
        change = f"; change {done.numbers['inside']:.3g} inside, {done.numbers['outside']:.3g} outside"
    facts = {"output": str(output), "files": done.files, "skipped": done.skipped, **done.numbers}
    report(as_json, quiet, f"wrote {len(done.files)} files to {output}{change}", facts)
