"""The text form of regions, as typed on the command line: ``mouth+eyes``, ``box:40,18,14,28~2``, ``face - lips``.

Grammar, loosest first::

    sum     := product (("+" | " - ") product)*      union, difference
    product := term ("&" term)*                      intersection
    term    := "!"* operand (("~" | "^") number)*    inversion, feather, growth
    operand := "(" sum ")" | shape | file | file#labels | preset | part        files may begin with ~/ for the home folder

Text that is exactly a file's name, and nothing else by the grammar, is that file. Names contain hyphens, so a minus is a
difference only between spaces. A bare operand ends at the next operator.
"""

from __future__ import annotations

import re

from resefa.errors import RegionError, printable
from resefa.regions.growth import Growth
from resefa.regions.operations import DEEPEST, Expression, Feather, difference, intersection, inversion, union
from resefa.regions.presets import ALIASES, NO_FAMILY, preset_families
from resefa.regions.quoting import is_file, looks_like_file, shown, written_file_name
from resefa.regions.text_operands import SHAPES, file_region, labelled_region, named_region, names_file
from resefa.regions.units import read

_SPACES = re.compile(r"\s*")
_QUOTED = re.compile(r"""(?:file:\s*)?(?:'((?:[^']|'')*)'|"((?:[^"]|"")*)")""", re.IGNORECASE)
_BARE = re.compile(r"""(?:(?:(?i:file):\s*)?~[^\s+&!()~^#'"/\\]*[/\\])?(?:(?!\s-\s)[^+&!()~^#'"])+""")
_LABELS = re.compile(r"\s*#((?:(?!\s-\s)[^+&!()~^#])*)")
_NUMBER = re.compile(r"\s*[0-9.]+(?:\s*%)?")
_ANY_MINUS = re.compile(r"\s*-")
_SIGNS = re.compile(r"""[+&!()~^#'"]|\s-\s""")
_NAMED_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")
_LABELLED = re.compile(r"(.+)#\s*([^#]*)", re.DOTALL)
_MINUS = re.compile(r"\s+-(?=\s)")


def parsed(text: str, presets: str = NO_FAMILY, files: bool = True) -> Expression:
    """Parse a region's text to an expression.

    Args:
        presets: family of names without a prefix.
        files: whether the text may name files, which are then read; False for text from an untrusted file.

    Raises:
        RegionError: a syntax error, an unknown name or file, or impossible numbers.
    """
    if not isinstance(text, str):
        raise RegionError(
            f"The region's text has type {type(text).__name__}; expected a string, for example 'mouth' or 'box:40,18,14,28'."
        )
    if not text.strip():
        raise RegionError("The region's text is empty; name a region, for example 'mouth' or 'box:40,18,14,28'.")
    if not files:
        return _Parser(text, presets, files).whole()
    try:
        expression = _Parser(text, presets, files).whole()
    except RegionError as failure:
        return _file_with_name(text.strip(), failure)
    name = text.strip()
    if looks_like_file(name) and _SIGNS.search(name) and is_file(name) and written_file_name(name) != name:
        other = file_region(name)
        if expression != other:
            raise RegionError(
                f"The region {shown(name)} is both a file name and an expression of several regions; for the file, put its name in quotes within the text; for the expression, put spaces around the operators."
            )
    return expression


def _file_with_name(name: str, failure: RegionError) -> Expression:
    """The mask file with exactly this name, if the name contains operators of the grammar."""
    if is_file(name):
        return file_region(name)
    match = _LABELLED.fullmatch(name)
    if match is not None and is_file(match[1].strip()):
        return labelled_region(match[1].strip(), match[2])
    if _SIGNS.search(name) and _NAMED_ENDING.search(name) and "'" not in name and '"' not in name:
        raise RegionError(
            f"The file {shown(name)} does not exist, and as an expression the text fails: {failure} Put a file name that contains operators in quotes within the text."
        ) from failure
    raise failure


class _Parser:
    """A recursive-descent parser; ``_at`` is the index of the next character."""

    def __init__(self, text: str, presets: str, files: bool) -> None:
        self._text = text
        self._presets = presets
        self._files = files
        self._at = 0
        self._open = 0

    def whole(self) -> Expression:
        expression = self._sum()
        self._matched(_SPACES)
        if self._at < len(self._text):
            raise self._operator_expected()
        return expression

    def _sum(self) -> Expression:
        expression = self._product()
        while True:
            if self._took("+"):
                expression = union(expression, self._product())
            elif self._took_minus():
                expression = difference(expression, self._product())
            else:
                return expression

    def _product(self) -> Expression:
        expression = self._term()
        while self._took("&"):
            expression = intersection(expression, self._term())
        return expression

    def _term(self) -> Expression:
        inverted = False
        while self._took("!"):
            inverted = not inverted
        expression = self._operand()
        while True:
            if self._took("~"):
                radius, unit = self._length("~", "the feather's radius")
                expression = Feather(expression, radius, unit) if radius else expression
            elif self._took("^"):
                distance, unit = self._length("^", "the distance of the growth")
                expression = Growth(expression, distance, unit) if distance else expression
            else:
                break
        return inversion(expression) if inverted else expression

    def _operand(self) -> Expression:
        if self._took("("):
            return self._parenthesised()
        self._matched(_SPACES)
        quoted = self._matched(_QUOTED)
        if quoted is not None:
            name = quoted[1].replace("''", "'") if quoted[1] is not None else quoted[2].replace('""', '"')
            self._check_files(name)
            labels = self._matched(_LABELS)
            return file_region(name) if labels is None else labelled_region(name, labels[1])
        bare = self._matched(_BARE)
        if bare is None or not bare[0].strip():
            raise self._region_expected()
        labels = self._matched(_LABELS)
        word = bare[0].strip()
        if word.lower() in SHAPES and self._text[self._at : self._at + 1] == "(":
            raise RegionError(
                f"The region {shown(self._text)} has parentheses after {word!r}; write a colon instead, as in {SHAPES[word.lower()]}."
            )
        if labels is not None or names_file(word):
            self._check_files(word)
        return named_region(word, self._presets) if labels is None else labelled_region(word, labels[1])

    def _check_files(self, name: str) -> None:
        if not self._files:
            raise RegionError(
                f"The region {shown(self._text)} is stored in a file and names a further file, {shown(name)}, which is not opened; give the "
                "region again."
            )

    def _parenthesised(self) -> Expression:
        start = self._at
        self._open += 1
        if self._open > DEEPEST:
            raise RegionError(f"The region {shown(self._text)} nests more than {DEEPEST} parentheses; simplify it.")
        expression = self._sum()
        if not self._took(")"):
            self._matched(_SPACES)
            if self._at < len(self._text):
                raise self._operator_expected()
            raise RegionError(f"The region {shown(self._text)} has an unclosed '(' at character {start}; add a ')'.")
        self._open -= 1
        return expression

    def _length(self, sign: str, meaning: str) -> tuple[float, str]:
        start = self._at
        number = self._matched(_NUMBER)
        quantity = None if number is None else read(number[0])
        if quantity is None:
            raise RegionError(
                f"The region {shown(self._text)} has no number after the {sign!r} at character {start}; give {meaning} in pixels "
                f"(mouth{sign}3) or as a fraction of the image's height (mouth{sign}5%)."
            )
        return quantity

    def _matched(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self._text, self._at)
        if match is not None:
            self._at = match.end()
        return match

    def _took(self, sign: str) -> bool:
        spaces = _SPACES.match(self._text, self._at)
        after_spaces = spaces.end() if spaces else self._at
        if not self._text.startswith(sign, after_spaces):
            return False
        self._at = after_spaces + 1
        return True

    def _took_minus(self) -> bool:
        if self._matched(_MINUS):
            return True
        lone = _ANY_MINUS.match(self._text, self._at)
        if lone is None:
            return False
        raise RegionError(
            f"The region {shown(self._text)} has a '-' without spaces at character {lone.end()}; a difference needs spaces, as "
            "in 'face - mouth', because names contain hyphens."
        )

    def _region_expected(self) -> RegionError:
        if self._at >= len(self._text):
            return RegionError(
                f"The region {shown(self._text)} ends with an operator; add a region after the operator, for example mouth."
            )
        sign, place = self._text[self._at], self._at + 1
        if sign in "'\"":
            return RegionError(f"The region {shown(self._text)} has an unclosed quote at character {place}; close it.")
        return RegionError(
            f"The region {shown(self._text)} has {sign!r} at character {place} instead of a region; name a region, for example "
            "mouth, box:40,18,14,28 or mask.png."
        )

    def _operator_expected(self) -> RegionError:
        sign, place = self._text[self._at], self._at + 1
        if sign == ")":
            return RegionError(f"The region {shown(self._text)} has an unmatched ')' at character {place}; remove it.")
        return RegionError(
            f"The region {shown(self._text)} has {sign!r} at character {place} instead of an operator; join regions with + "
            "(union), & (intersection) or ' - ' (difference)."
        )


LONGEST = 48
_LOOKED_AT = 2000

_QUOTED_NAME = re.compile(r"""'((?:[^']|'')*)'|"((?:[^"]|"")*)\"""")
_POLYGON = re.compile(r"polygon:([-+0-9.,;%\s]*[0-9.%])", re.IGNORECASE)
_STROKE = re.compile(r"stroke:([-+0-9.,;%\s]*[0-9.%])", re.IGNORECASE)
_SHAPE = re.compile(r"(box|ellipse):([-+0-9.,%\s]*[0-9.%])", re.IGNORECASE)
_ARRAY = re.compile(r"(mask|labels)\[(\d+)x(\d+) sha256:[0-9a-f]+\]")
_WORD = re.compile(r"[^\s+&!()~^#]+")
_LONG_NUMBER, _SHORT_NUMBER = re.compile(r"(\d+\.\d{2})\d+"), r"\1"
_FAMILY = re.compile(rf"\b(?:{'|'.join([*preset_families(), *ALIASES])}):", re.IGNORECASE)


def display_name(text: str) -> str:
    """A short name of a region for sheets and pages, from its text alone: at most ``LONGEST`` visible characters.

    A preset is shown by its part's name, a polygon by its number of points, a stroke by that word, a file by its name without folders, an array
    in memory by its size.
    """
    text = _POLYGON.sub(lambda polygon: f"polygon ({polygon[1].count(';') + 1} points)", text)
    text = _STROKE.sub("stroke", text)[:_LOOKED_AT]
    text = _QUOTED_NAME.sub(lambda quoted: _base(quoted[1] or quoted[2] or ""), text)
    text = _SHAPE.sub(lambda shape: f"{shape[1]} {_LONG_NUMBER.sub(_SHORT_NUMBER, shape[2])}", text)
    text = _ARRAY.sub(r"\1 (\2 x \3)", text)
    text = _FAMILY.sub("", _WORD.sub(lambda word: _base(word[0]), text))
    text = text.replace("#", " #").replace("&", " & ").replace("+", " + ")
    return printable(" ".join(text.split()), LONGEST)


def _base(name: str) -> str:
    return re.split(r"[/\\]", name.rstrip("/\\"))[-1]
