"""Directions as text: a short summary, a table for notebooks, and the output of ``resefa show``."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from resefa.directions.provenance import Provenance
from resefa.errors import printable
from resefa.files.html_text import escape
from resefa.regions.text import LONGEST as LONGEST_REGION
from resefa.regions.text import display_name
from resefa.solvers.certificate import OF_EACH, Certificate

if TYPE_CHECKING:
    from resefa.directions.directions import Directions

LONGEST_NAME = 60
LONGEST_FACT = 300
_FIGURES = ("eigenvalues", "inside_rate", "outside_rate")
_MOST_ROWS, _MOST_LINES = 30, 100
_NAMED = 12
_FAMILY = re.compile(r"[\w-]+:(?=[a-z])")


def direction_name(provenance: Provenance, index: int, given: str | None = None) -> str:
    """The direction's name, or region and index (``mouth #0``): printable, at most ``LONGEST_NAME`` characters."""
    if given is None and provenance.names is not None:
        given = provenance.names[index]
    if given is not None:
        return printable(given, LONGEST_NAME)
    return f"{region_name(provenance) or printable(provenance.method, 40) or 'direction'} #{index}"


def region_name(provenance: Provenance) -> str:
    """The region's text, shortened, without the family of presets; ``""`` without a region."""
    text = provenance.region
    short = _FAMILY.sub("", text) if len(text) <= 2 * LONGEST_REGION else text
    if len(short) <= LONGEST_REGION and "/" not in short and "\\" not in short:
        return printable(short, LONGEST_REGION)
    return display_name(text)


def space_of(provenance: Provenance) -> str:
    """The latent space and layers as text: ``W, layers 4-7``."""
    space = printable(provenance.space, 20)
    return f"{space}, layers {printable(provenance.layers, 60)}" if provenance.layers else space


def summary(directions: Directions) -> str:
    """A one-line summary: ``8 of mouth, 128 dimensions in W, found on toon-faces by resefa``."""
    own = directions.provenance
    region = region_name(own)
    found = [
        f"{len(directions)}{f' of {region}' if region else ''}",
        f"{directions.dimensions} dimensions in {space_of(own)}",
    ]
    if own.model or own.method:
        on = f" on {printable(own.model, 40)}" if own.model else ""
        how = f" by {printable(own.method, 40)}" if own.method and not own.method.startswith("imported") else ""
        found.append(f"{'found' if how or not own.method else printable(own.method, 60)}{on}{how}")
    return ", ".join(found)


def count_of(directions: Directions) -> str:
    """The number of directions as text: ``1 direction of 100 dimensions``."""
    return f"{len(directions)} direction{'s' if len(directions) != 1 else ''} of {directions.dimensions} dimensions"


def status(certificate: Certificate | None, provenance: Provenance) -> str:
    """The certificate and the notes as text; programs read the certificate itself."""
    return "; ".join(filter(None, ("" if certificate is None else certificate.sentence(), provenance.notes)))


def facts(directions: Directions) -> dict[str, Any]:
    """The provenance fields that have a value, without ``names`` and ``steps``."""
    found = asdict(directions.provenance)
    return {key: value for key, value in found.items() if value not in (None, "") and key not in ("names", "steps")}


def certified(directions: Directions) -> dict[str, Any]:
    """The certificate's figures for all directions together, with ``met``; empty without a certificate."""
    found = {} if directions.certificate is None else directions.certificate.as_dict()
    return {key: value for key, value in found.items() if key not in OF_EACH}


def table(directions: Directions) -> dict[str, list[float]]:
    """Figure name -> the figure of each direction."""
    found = {name: getattr(directions, name).tolist() for name in _FIGURES if getattr(directions, name) is not None}
    if directions.certificate is not None:
        found |= {name: list(each) for name in OF_EACH if (each := getattr(directions.certificate, name))}
    if directions.provenance.steps is not None:
        found["step"] = list(directions.provenance.steps)
    return found


def lines(directions: Directions, space: str | None = None) -> list[str]:
    """The lines that ``resefa show`` prints: provenance, status, certificate, and a row of figures and the facts of each direction.

    Args:
        space: shown in place of the provenance's space.
    """
    known = facts(directions) | ({} if space is None else {"space": space})
    known.pop("notes", None)
    if said := directions.status:
        known["status"] = said
    found = [f"  {key:20} {_fact(key, value)}" for key, value in known.items()]
    if proof := certified(directions):
        found.append(f"  {'certificate':20} {', '.join(f'{key} {_fact(key, value)}' for key, value in proof.items())}")
    if (names := directions.provenance.names) is not None:
        some = ", ".join(printable(name, LONGEST_NAME) for name in names[:_NAMED])
        found.append(f"  {'names':20} {some}{', ...' if len(names) > _NAMED else ''}")
    figures = table(directions)
    if figures:
        found.append("  #   " + "  ".join(f"{name:>12}" for name in figures))
        for i in range(min(len(directions), _MOST_LINES)):
            found.append(f"  {i:<3} " + "  ".join(f"{values[i]:12.4g}" for values in figures.values()))
        if len(directions) > _MOST_LINES:
            found.append(f"  and {len(directions) - _MOST_LINES} more")
    for i, measured in enumerate((directions.facts or ())[:_MOST_LINES]):
        found += [f"  {'' if j else i:<3} {sentence}" for j, sentence in enumerate(measured.sentences())]
    return found


def html(directions: Directions) -> str:
    """An HTML table for notebooks, limited to the first directions if there are many."""
    figures = table(directions)
    head = "".join(f"<th>{name.replace('_', ' ')}</th>" for name in ("", "name", *figures))
    rows = []
    for i in range(min(len(directions), _MOST_ROWS)):
        cells = (f"<td>{values[i]:.4g}</td>" for values in figures.values())
        rows.append(f"<tr><td>{i}</td><td>{escape(direction_name(directions.provenance, i))}</td>{''.join(cells)}</tr>")
    more = f"<p>and {len(directions) - _MOST_ROWS} more</p>" if len(directions) > _MOST_ROWS else ""
    figures_table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    return f"<p>{escape(summary(directions))}</p>{figures_table}{more}{_certificate_html(directions)}"


def _certificate_html(directions: Directions) -> str:
    """Status and certificate as a collapsed HTML section."""
    proof = "".join(
        f"<dt>{escape(key)}</dt><dd>{escape(_fact(key, value))}</dd>" for key, value in certified(directions).items()
    )
    said = escape(printable(directions.status, 10 * LONGEST_FACT))
    if not said and not proof:
        return ""
    return f"<details><summary>Certificate</summary><p>{said}</p>{f'<dl>{proof}</dl>' if proof else ''}</details>"


def _fact(key: str, value: Any) -> str:
    if key == "seeds":
        return printable(", ".join(map(str, value[:_NAMED])) + (", ..." if len(value) > _NAMED else ""), LONGEST_FACT)
    if isinstance(value, tuple):
        return " x ".join(map(str, value))
    if isinstance(value, float):
        return f"{value:.6g}"
    return printable(value, LONGEST_FACT)
