"""Weights that make no image are named when a file is opened."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from reference.small import FAMILIES, small_record

from resefa.errors import WeightsError
from resefa.generators.registry import generator_of


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("value, word", [(float("nan"), "NaN"), (float("inf"), "infinity")])
def test_weights_that_are_no_numbers_are_named(family, value, word):
    record = small_record(family)
    key = next(
        key for key, tensor in reversed(record.tensors.items()) if tensor.is_floating_point() and tensor.numel() > 1
    )
    broken = record.tensors[key].clone()
    broken.view(-1)[0] = value
    with pytest.raises(WeightsError, match=f"{word} in 1 of {broken.numel()} numbers of the tensor {key}"):
        generator_of(replace(record, tensors={**record.tensors, key: broken}), family)


def test_several_tensors_are_counted():
    record = small_record("stylegan2")
    broken = {key: torch.full_like(value, float("nan")) for key, value in record.tensors.items()}
    with pytest.raises(WeightsError, match=rf"in all .*and in {len(broken) - 1} other tensors"):
        generator_of(replace(record, tensors=broken), "diverged")
