"""SAP: one dimension per factor scores high, a rotation scores low."""

from __future__ import annotations

import pytest
import torch

from resefa.errors import MetricError
from resefa.metrics.sap import attribute_predictability, predictability


@pytest.fixture
def data():
    draw = torch.Generator().manual_seed(0)
    classes = {"mouth": torch.randint(4, (2000,), generator=draw)}
    numbers = {"pose": torch.randn(2000, generator=draw)}
    noise = torch.randn(2000, 3, generator=draw)
    codes = 0.05 * noise
    codes[:, 0] += classes["mouth"]
    codes[:, 2] += numbers["pose"]
    return codes, classes, numbers


def test_one_dimension_for_each_factor_scores_nearly_one(data):
    codes, classes, numbers = data
    assert attribute_predictability(codes, classes, numbers) > 0.97


def test_a_rotation_by_45_degrees_scores_nearly_zero(data):
    codes, classes, numbers = data
    scaled = codes / codes.std(0)
    turned = torch.stack([scaled[:, 0] + scaled[:, 2], scaled[:, 0] - scaled[:, 2]], 1)
    assert attribute_predictability(turned, classes, numbers) < 0.1


def test_scores_are_those_of_a_regression(data):
    codes, classes, numbers = data
    found = predictability(codes, classes, numbers)
    x, y = codes[:, 2].double(), numbers["pose"].double()
    correlation = torch.corrcoef(torch.stack([x, y]))[0, 1]
    assert float(found[2, 1]) == pytest.approx(float(correlation.square()), abs=1e-9)
    indicator = torch.nn.functional.one_hot(classes["mouth"]).double()
    fitted = indicator @ torch.linalg.lstsq(indicator, codes[:, :1].double()).solution
    explained = fitted.squeeze(1).var(correction=0) / codes[:, 0].double().var(correction=0)
    assert float(found[0, 0]) == pytest.approx(float(explained), abs=1e-9)


@pytest.mark.parametrize(
    ("codes", "classes"),
    [(torch.zeros(5, 1), {"a": torch.zeros(5)}), (torch.zeros(5, 2), {}), (torch.zeros(5, 2), {"a": torch.zeros(4)})],
)
def test_impossible_input_is_refused(codes, classes):
    with pytest.raises(MetricError):
        attribute_predictability(codes, classes)
