"""A region is moved to the same part of another image by the network's feature maps."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import resefa
from resefa.errors import GeneratorError, RegionError
from resefa.generators import track_region
from resefa.generators.feature_maps import feature_maps
from resefa.generators.tracking import GRID, shift_between


class Shifted(nn.Module):
    """Images of fixed random features that move with the code, so that the true displacement is known."""

    def __init__(self):
        super().__init__()
        random = torch.Generator().manual_seed(0)
        self.register_buffer("features", torch.randn(1, 8, 16, 16, generator=random))
        self.grow = nn.Upsample(scale_factor=2, mode="nearest")
        self.paint = nn.Conv2d(8, 3, 1)

    def forward(self, z):
        moved = [torch.roll(self.features[0], (int(4 * row), int(4 * column)), (1, 2)) for row, column in z]
        return self.paint(self.grow(torch.stack(moved))).tanh()


@pytest.fixture
def generator():
    return resefa.wrap(Shifted().eval(), latent_shape=2, name="shifted")


def test_a_box_follows_the_features(generator):
    code = resefa.LatentCode(torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, -0.5]]), "Z")
    regions, shifts = track_region(generator, code, "box:12,12,8,8")
    places = [place for shift in shifts for place in (shift.rows, shift.columns)]
    assert places == pytest.approx([0, 0, 0.25, 0, 0, -0.125], abs=0.03)
    centres = []
    for region in regions:
        weights = region.weights(32, 32).edit
        assert float(weights.sum()) == pytest.approx(64, rel=0.4)
        centres.append(float((weights.sum(1) @ torch.arange(32.0).double()) / weights.sum()))
    assert centres[1] - centres[0] == pytest.approx(8, abs=1.5) and centres[2] == pytest.approx(centres[0], abs=1.5)


def test_a_region_without_places_stays():
    source, target = torch.ones(2, GRID * GRID, 4)
    shift = shift_between(source, target, torch.zeros(GRID * GRID))
    assert (shift.rows, shift.columns, shift.likeness) == (0, 0, 0)


@pytest.mark.parametrize("card", ["style"])
def test_networks_give_unmixed_maps_of_each_image(request, card):
    generator = request.getfixturevalue(card)
    code = generator.sample([0, 1])
    together, alone = feature_maps(generator, code), feature_maps(generator, code[1:])
    assert [maps.shape[2] for maps in together] == sorted({maps.shape[2] for maps in together})
    for both, one in zip(together, alone, strict=True):
        assert torch.equal(both[1:], one)


def test_a_function_without_modules_is_refused():
    generator = resefa.wrap(lambda z: z.reshape(-1, 1, 1, 1).expand(-1, 3, 16, 16).tanh(), latent_shape=1, name="plain")
    with pytest.raises(GeneratorError, match="plain has no intermediate feature maps"):
        track_region(generator, generator.sample([0, 1]), "box:2,2,4,4")
    with pytest.raises(RegionError, match="Image 5"):
        track_region(generator, generator.sample([0, 1]), "box:2,2,4,4", marked=5)
