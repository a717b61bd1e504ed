"""The text syntax of regions, for the command line: a tokenizer and a recursive descent parser.

region   = term { ("+" | "&" | " - ") term }      left to right
term     = { "!" } atom { "~" number ["%"] }
atom     = "(" region ")" | shape | file ["#" labels] | [family ":"] preset
"""

from __future__ import annotations

import re

from resefa.errors import RegionError
from resefa.regions.presets import ALIASES, preset_families
from resefa.regions.region import Preset, Region, preset_shapes

_TOKEN = re.compile(
    r"\s*(?:(?P<quoted>'[^']*'|\"[^\"]*\")(?P<labels>#[\d,]*)?|(?P<mark>[+&!()~])|(?P<word>[^\s+&!()~'\"]+))"
)
_MINUS = re.compile(r"\s+-\s+")
_FORMS = {"box": "box:40,18,14,28", "ellipse": "ellipse:40,18,14,28", "polygon": "polygon:40,18;54,18;47,46"}


def parse_region(text: str, presets: str = "aligned-ffhq") -> Region:
    """The region that ``text`` describes; bare names are looked up among ``presets``.

    Raises:
        RegionError: one sentence that shows the place.
    """
    parser = _Parser(text, presets)
    region = parser.region()
    if parser.peek() is not None:
        raise RegionError(
            f"In the region {text!r} {parser.peek()!r} came where an operator (+ & or ' - ') was expected."
        )
    return region


class _Parser:
    def __init__(self, text: str, presets: str) -> None:
        self.text, self.presets = text, presets
        self.tokens: list[str] = []
        place = 0
        while place < len(text.rstrip()):
            if minus := _MINUS.match(text, place):
                self.tokens.append("-")
                place = minus.end()
                continue
            found = _TOKEN.match(text, place)
            if not found:
                raise RegionError(f"In the region {text!r} a quote is not closed.")
            self.tokens.append(found.group(0).strip())
            place = found.end()
        self.place = 0

    def peek(self) -> str | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def take(self) -> str:
        token = self.peek()
        if token is None:
            raise RegionError(
                f"The region {self.text!r} ends too early: a shape, a preset or a mask file was expected."
            )
        self.place += 1
        return token

    def region(self) -> Region:
        region = self.term()
        while (mark := self.peek()) in ("+", "&", "-"):
            self.take()
            other = self.term()
            region = region | other if mark == "+" else region & other if mark == "&" else region - other
        return region

    def term(self) -> Region:
        if self.peek() == "!":
            self.take()
            return ~self.term()
        region = self.atom()
        while self.peek() == "~":
            self.take()
            value, is_fraction = self._number(self.take())
            region = region.feather(value, "fraction" if is_fraction else "pixel")
        return region

    def atom(self) -> Region:
        token = self.take()
        if token == "(":
            region = self.region()
            if self.peek() != ")":
                raise RegionError(f"In the region {self.text!r} a parenthesis is not closed.")
            self.take()
            return region
        if token in "+&!()~-":
            raise RegionError(
                f"In the region {self.text!r} {token!r} came where a shape, a preset or a mask was expected."
            )
        head, colon, rest = token.partition(":")
        if colon and head in _FORMS:
            return self._shape(head, rest, token)
        if colon and (head in preset_families() or head in ALIASES):
            family = ALIASES.get(head, head)
            preset_shapes(rest, family)
            return Region(Preset(rest, family, qualified=True))
        if token.startswith("mask["):
            raise RegionError(
                f"The region {token!r} was a mask in memory, not a file: save the mask and name the file."
            )
        return (
            self._file(token)
            if token[0] in "'\"" or "." in token or "/" in token
            else Region.preset(token, self.presets)
        )

    def _file(self, token: str) -> Region:
        name, mark, labels = token.partition("#")
        name = name.strip("'\"")
        if not mark:
            return Region.mask(name)
        try:
            return Region.label_map(name, [int(label) for label in labels.split(",") if label])
        except ValueError as error:
            raise RegionError(
                f"The labels in {token!r} are not whole numbers: write for example {name}#3,5."
            ) from error

    def _shape(self, head: str, rest: str, token: str) -> Region:
        if head == "polygon":
            pairs = [[self._number(v) for v in pair.split(",")] for pair in rest.split(";") if pair]
            if any(len(pair) != 2 for pair in pairs):
                raise RegionError(
                    f"The region {token!r} has a point that is not row,column: for example {_FORMS[head]}."
                )
            numbers = [number for pair in pairs for number in pair]
        else:
            numbers = [self._number(v) for v in rest.split(",") if v]
            if len(numbers) != 4:
                raise RegionError(
                    f"The region {token!r} has {len(numbers)} numbers, but {'an' if head == 'ellipse' else 'a'} {head} takes "
                    f"four: top,left,height,width (for example {_FORMS[head]})."
                )
        if len({is_fraction for _, is_fraction in numbers}) > 1:
            raise RegionError(f"The region {token!r} mixes pixels and percentages: use one of them.")
        unit = "fraction" if numbers and numbers[0][1] else "pixel"
        values = [value for value, _ in numbers]
        if head == "polygon":
            return Region.polygon(list(zip(values[::2], values[1::2], strict=True)), unit)
        return (Region.box if head == "box" else Region.ellipse)(*values, unit=unit)

    def _number(self, text: str) -> tuple[float, bool]:
        try:
            return (float(text[:-1]) / 100, True) if text.endswith("%") else (float(text), False)
        except ValueError as error:
            raise RegionError(f"In the region {self.text!r} {text!r} came where a number was expected.") from error
