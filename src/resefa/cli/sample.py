"""``resefa sample``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from resefa.cli.codes import ChosenImages, CodeOption, CodeSpaceOption
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
    seeds: Annotated[str | None, typer.Option("--seeds", "--seed", help="7, 0-15 or 1,4,9-12; 0-15 where left out.")] = None,
    code: CodeOption = None,
    code_space: CodeSpaceOption = None,
    output: Output = Path("samples.png"),
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Make images of seeds, or of codes in a file."""
    from resefa.cli.progress import bar
    from resefa.presentation.pixels import to_picture
    from resefa.presentation.sheet import SheetRow, contact_sheet, save_picture

    chosen = ChosenImages.of(seeds, code, code_space, default="0-15")
    generator = model.opened()
    codes, rows = chosen.codes(generator), []
    with bar("images", quiet or as_json) as progress:
        for start in range(0, len(codes), COLUMNS):
            part = codes[start : start + COLUMNS]
            labels = [codes.label(i) for i in range(start, start + len(part))]
            row = labels[0] if len(part) == 1 else f"{labels[0].replace(' ', 's ', 1)} to {labels[-1].split()[-1]}"
            rows.append(SheetRow(row, [to_picture(image) for image in generator.synthesize(part)]))
            if progress:
                progress(start + len(part), len(codes))
    conditions = generator.conditions.text
    title = f"{generator.name}, {conditions}" if conditions else generator.name
    save_picture(output, contact_sheet(rows, [""] * COLUMNS, title))
    facts = {"output": str(output), "model": generator.name, "seeds": codes.seeds, "code": None if code is None else str(code), "conditions": conditions}
    report(as_json, quiet, f"wrote {output}", facts)
