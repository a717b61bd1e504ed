"""DCI and SAP of the transferred directions of each case against the attributes read from unedited samples.

The coordinates of a sample are the products of its code with the first direction of every part; a good set of directions has one
coordinate for each part's attribute.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from resefa.benchmark.cases import Case
from resefa.benchmark.records import Record
from resefa.benchmark.samples import Samples
from resefa.directions.directions import Direction
from resefa.errors import MetricError
from resefa.generators.base import BaseGenerator
from resefa.methods.samples import sampled_along
from resefa.metrics.dci import disentanglement
from resefa.metrics.sap import attribute_predictability

_FEWEST = 8
"""The number of samples of a kind that make it a column of the factors."""


def factor_records(
    generator: BaseGenerator, samples: Samples, cases: Sequence[Case], directions: Mapping[tuple[str, str], Direction]
) -> list[Record]:
    """The record of each case.

    Args:
        directions: (part, case) -> the first transferred direction.
    """
    records: list[Record] = []
    for case in cases:
        found = {part: one for (part, name), one in directions.items() if name == case.name}
        if len(found) < 2:
            continue
        figures = _figures(coordinates(generator, samples.seeds, list(found.values())), samples, list(found))
        records.append({"kind": "factors", "case": case.name, "directions": len(found), **figures})
    return records


def coordinates(generator: BaseGenerator, seeds: Sequence[int], directions: Sequence[Direction]) -> Tensor:
    """The products (b, directions) of the samples' codes with directions of one space, float64."""
    origin = directions[0].provenance
    target = origin.space
    motion = generator.motion(origin.space, origin.layers, target)
    codes = sampled_along(generator, motion, seeds)
    return codes @ torch.stack([one.vector.double() for one in directions]).T


def _figures(codes: Tensor, samples: Samples, parts: Sequence[str]) -> Record:
    kinds = {part: samples.generated.kinds[part] for part in parts}
    columns, groups = [], []
    for place, indices in enumerate(kinds.values()):
        for kind in indices.unique():
            chosen = (indices == kind).double()
            if _FEWEST <= int(chosen.sum()) <= len(chosen) - _FEWEST:
                columns.append(chosen)
                groups.append(place)
    numbers = {group: i for i, group in enumerate(dict.fromkeys(groups))}
    found: Record = {"disentanglement": None, "completeness": None, "informativeness": None}
    if len(numbers) >= 2:
        try:
            dci = disentanglement(codes, torch.stack(columns, 1), groups=[numbers[group] for group in groups])
        except MetricError:
            return {**found, "sap": attribute_predictability(codes, kinds)}
        for name in found:
            value = float(getattr(dci, name))
            found[name] = value if value == value else None
    return {**found, "sap": attribute_predictability(codes, kinds)}
