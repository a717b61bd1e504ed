"""Small files of JSON against a type: every way of being wrong is one sentence of the reader's error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec
import pytest

from resefa.errors import SolverError, UsageError
from resefa.files.schema import convert, decode


@dataclass(frozen=True)
class Note:
    name: Annotated[str, msgspec.Meta(max_length=20)]
    size: int = 0
    share: float | None = None
    pair: tuple[int, int] | None = None


def test_a_sound_file_is_read_and_unknown_fields_are_passed_over():
    assert decode('{"name": "a", "pair": [1, 2], "later": {"x": []}}', Note, "The note") == Note("a", pair=(1, 2))
    assert convert({"name": "a", "share": 1}, Note, "The note") == Note("a", share=1.0)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[" * 5000, b'{"name": "a", "x": ' + b"[" * 100_000, b"{", b"7", b"null", b"\xff\xfe", b'{"name": "\xff"}',
        b'{"name": "\\ud800"}', b'{"name": 7}', b'{"size": 1}', b'{"name": "a", "size": "1"}', b'{"name": "a", "size": true}',
        b'{"name": "a", "size": ' + b"9" * 4301 + b"}", b'{"name": "a", "share": NaN}', b'{"name": "a", "share": 1e400}',
        b'{"name": "a", "pair": [1]}', b'{"name": "' + b"a" * 21 + b'"}', '{"name": "\ud800"}',
    ],
)  # fmt: skip
def test_every_fault_is_one_sentence(data):
    with pytest.raises(SolverError) as caught:
        decode(data, Note, "The note of \x1bx", raises=SolverError, remedy="write it again")
    message = str(caught.value)
    assert message.startswith(r"The note of \x1bx is damaged (") and message.endswith("): write it again.")


def test_the_sentence_names_the_field():
    with pytest.raises(UsageError, match=r"Expected `int`, got `str` - at `\$.size`"):
        convert({"name": "a", "size": "1"}, Note, "The note")
