"""Which images a command works on: those of seeds, or those of codes in a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from resefa.generators.base import BaseGenerator
    from resefa.latents.code import LatentCode
    from resefa.latents.code_file import CodeFile

CodeOption = Annotated[
    Path | None,
    typer.Option(
        "--code",
        help="Codes from a file in place of seeds: a photo's projection or encoding (.npz, .npy, .pt), saved codes, or the codes of a directions file.",
    ),
]
CodeSpaceOption = Annotated[
    str | None,
    typer.Option("--code-space", help="Space of the codes in --code if the file does not state it: Z, W or W+."),
]


@dataclass(frozen=True)
class ChosenImages:
    """What ``--seeds``, ``--code`` and ``--code-space`` say.

    Attributes:
        seeds: or None where there are none.
        file: the file of codes, opened, or None.
        space: of its codes, as the user says.
    """

    seeds: list[int] | None
    file: CodeFile | None
    space: str | None

    @classmethod
    def of(
        cls, seeds: str | None, code: Path | None = None, code_space: str | None = None, default: str | None = None
    ) -> ChosenImages:
        """The options' values, the file opened; ``default``: the seeds where neither is given.

        Raises:
            UsageError: both seeds and codes, or a space without a file.
            LatentError: the file holds no codes.
        """
        from resefa.cli.arguments import seeds_of
        from resefa.errors import UsageError
        from resefa.latents.code_file import open_codes

        if code is not None and seeds is not None:
            raise UsageError("--seeds and --code both say which images to use; give one of them.")
        if code is None and code_space is not None:
            raise UsageError(
                "--code-space is the space of the codes in --code; give --code too, or leave --code-space out."
            )
        if code is not None:
            return cls(None, open_codes(code), code_space)
        text = seeds if seeds is not None else default
        return cls(None if text is None else seeds_of(text), None, None)

    def codes(self, generator: BaseGenerator, space: str | None = None) -> LatentCode | None:
        """The codes for a generator, those of seeds in ``space``; None where the user chose nothing.

        Raises:
            LatentError: the file's codes do not fit the generator.
        """
        if self.file is not None:
            from resefa.latents.code import LatentCode

            found = self.file.code(generator, self.space)
            return LatentCode(found.values.to(generator.device, generator.dtype), found.space, found.seeds)
        return None if self.seeds is None else generator.sample(self.seeds, space)
