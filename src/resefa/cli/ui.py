"""``resefa ui``: the editor in the browser."""

from __future__ import annotations

from typing import Annotated

import typer

from resefa.cli.terminal import say


def ui(
    models: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[MODEL]...",
            help="Models that the editor offers: names of model cards (`resefa models` lists them), or checkpoint files; default: toon-faces.",
        ),
    ] = None,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS", help="Address to listen on; with the default only this machine reaches the editor."
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option(metavar="PORT", help="Port to listen on; default: the first free port from 7860.")
    ] = None,
    device: Annotated[
        str, typer.Option(metavar="DEVICE", help="Device for the computation: cpu, cuda or mps.")
    ] = "cpu",
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
) -> None:
    """Open the editor in the browser: draw on an image, and get sliders for what can change there."""
    from resefa.web.server import Address, launch, require_gradio

    require_gradio()
    from resefa.editor.editor import Editor
    from resefa.editor.models import EditorModels
    from resefa.web.page import build
    from resefa.zoo.cards import DEFAULT_MODEL

    say("Opening the model...")
    editor = Editor(EditorModels.named(models or [DEFAULT_MODEL], device))
    try:
        launch(build(editor), Address(host, port), open_browser=not no_browser, say=say)
    finally:
        editor.close()
