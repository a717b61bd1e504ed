"""``resefa sample``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from resefa.cli.model_options import ModelOptions, takes_model
from resefa.cli.options import (
    AsJson,
    Output,
    Quiet,
    report,
)

COLUMNS = 8


@takes_model
def sample(
    model: ModelOptions,
    seeds: Annotated[str, typer.Option("--seeds", "--seed", help="7, 0-15 or 1,4,9-12.")] = "0-15",
    output: Output = Path("samples.png"),
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Make images of seeds."""
    from resefa.cli.arguments import seeds_of
    from resefa.cli.progress import bar
    from resefa.presentation.pixels import to_picture
    from resefa.presentation.sheet import SheetRow, contact_sheet, save_picture

    chosen = seeds_of(seeds)
    generator = model.opened()
    codes, rows = generator.sample(chosen), []
    with bar("images", quiet or as_json) as progress:
        for start in range(0, len(chosen), COLUMNS):
            part = chosen[start : start + COLUMNS]
            row = f"seed {part[0]}" if len(part) == 1 else f"seeds {part[0]} to {part[-1]}"
            pictures = [to_picture(image) for image in generator.synthesize(codes[start : start + COLUMNS])]
            rows.append(SheetRow(row, pictures))
            if progress:
                progress(start + len(part), len(chosen))
    conditions = generator.conditions.text
    title = f"{generator.name}, {conditions}" if conditions else generator.name
    save_picture(output, contact_sheet(rows, [""] * COLUMNS, title))
    facts = {"output": str(output), "model": generator.name, "seeds": chosen, "conditions": conditions}
    report(as_json, quiet, f"wrote {output}", facts)
