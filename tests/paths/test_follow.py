"""Curved edits: identities on an image whose exact path is known, and the toon face."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

import resefa
from resefa.directions import Direction, Directions
from resefa.directions.provenance import Provenance
from resefa.discovery import vary_hold
from resefa.editing.fitting import fit
from resefa.errors import UsageError
from resefa.paths import EditPaths, PathProblem
from resefa.paths.path_search import STALLED, follow_path

BEND = 0.5


class Bent(torch.nn.Module):
    """A grey image of 8 x 8: its left half is the first number, its right half the second number plus a parabola of the first.

    The right half does not change on the path ``(t, -BEND t^2)``, and on no straight line through 0.
    """

    def __init__(self, most: float = math.inf) -> None:
        super().__init__()
        self.most = most

    def forward(self, z: Tensor) -> Tensor:
        left = z[:, 0] if self.most == math.inf else self.most * (z[:, 0] / self.most).tanh()
        right = z[:, 1] + BEND * z[:, 0] ** 2 + 0.3 * z[:, 2]
        return torch.stack([left] * 4 + [right] * 4, 1)[:, None, None, :].expand(-1, 1, 8, -1) / 8


def bent(most: float = math.inf) -> tuple[resefa.Generator, Direction]:
    generator = resefa.wrap(Bent(most), 3, output_range=(-1, 1))
    region = torch.zeros(8, 8)
    region[:, :4] = 1
    found = Directions([[1.0, 0.0, 0.0]], edit=region, protect=1 - region, provenance=Provenance(resolution=(8, 8)))
    return generator, found[0]


ORIGIN = torch.zeros(1, 3)


def test_the_exact_path_of_a_parabola_is_found():
    generator, direction = bent()
    paths = resefa.follow(generator, ORIGIN, direction, change=0.01, largest=1.0)
    (path,) = paths.paths
    assert path.reasons == ("", "")
    assert path.end(-1) == pytest.approx(0.01, rel=0.05) and path.end(1) == pytest.approx(0.01, rel=0.05)
    first, second, third = path.steps.double().unbind(1)
    # What the right half adds up to is zero on the path, within the tolerance of the corrections.
    assert float((second + BEND * first**2 + 0.3 * third).abs().max()) < 0.02 * float((BEND * first**2).max())
    for comparison in path.certificate.straight:
        assert comparison.ratio is not None and comparison.ratio < 1e-3


def test_places_between_nodes_stay_on_the_path():
    generator, direction = bent()
    (path,) = resefa.follow(generator, ORIGIN, direction, change=0.01, largest=1.0).paths
    levels = torch.linspace(-0.1, 0.1, 41, dtype=torch.float64)
    images = generator.synthesize(path.displacements(levels))
    straight = (BEND * (8 * levels) ** 2 / 8).abs().max()
    assert float(images[..., 4:].abs().max()) < 0.1 * float(straight)
    # Equal steps of level are equal changes inside.
    assert torch.allclose(images[:, 0, 0, 0].double(), levels * images[-1, 0, 0, 0].sign(), atol=2e-3)


def test_a_side_ends_where_the_region_changes_no_more():
    generator, direction = bent(most=0.4)
    (path,) = resefa.follow(generator, ORIGIN, direction, change=0.01, largest=1.0).paths
    limit = (0.4 / 8) ** 2
    assert 0.5 * limit < path.end(1) <= limit and 0.5 * limit < path.end(-1) <= limit
    assert all(path.reasons)


def test_a_region_that_cannot_change_gives_the_code_alone():
    generator, direction = bent(most=1e-9)
    (path,) = resefa.follow(generator, ORIGIN, direction, change=0.01).paths
    assert path.end(1) < 1e-15 and path.reasons == (STALLED, STALLED)


def test_a_budget_ends_the_path_and_says_so():
    generator, direction = bent()
    fitted = fit(generator, ORIGIN, direction, measured=True)
    path = follow_path(fitted, 0.01, PathProblem(max_products=4))
    assert path.end(1) < 0.01 and all("budget of 4" in reason for reason in path.reasons)
    assert path.certificate.products < 40


def test_the_certificate_counts_the_products_and_the_images(toons):
    paths = resefa.follow(toons, toons.sample(5), resefa.discover(toons, toons.sample(5), "mouth", k=1, space="W")[0])
    assert isinstance(paths, EditPaths)
    (path,) = paths.paths
    certificate = path.certificate
    assert certificate.forward in (0, toons.spaces["W"].dimensions)  # the Jacobian of the discovery may be cached
    assert certificate.products < 20 * toons.spaces["W"].dimensions
    ratios = [one.ratio for one in certificate.straight if one.ratio is not None]
    assert ratios and max(ratios) < 0.3


@pytest.mark.parametrize(("name", "value"), [("change", 0.0), ("largest", 0.0), ("largest", 99.0), ("max_products", 0)])
def test_impossible_numbers_are_refused(name: str, value: float):
    generator, direction = bent()
    with pytest.raises(UsageError, match=str(value)):
        resefa.follow(generator, ORIGIN, direction, **{name: value})


def test_paths_are_not_followed_again():
    generator, direction = bent()
    paths = resefa.follow(generator, ORIGIN, direction, change=0.01, largest=1.0)
    with pytest.raises(UsageError, match="curved"):
        resefa.follow(generator, ORIGIN, paths)


def test_a_path_holds_the_features_that_its_direction_holds():
    generator, direction = bent()
    held = "high-frequencies:1@box:0,2,8,4"
    origin = replace(direction.provenance, objective="vary and hold", vary=("pixels",), hold=(held, "pixels"))
    terms = Directions(direction.vector[None], edit=direction.edit, protect=direction.protect, provenance=origin)[0]
    plain, steady = (
        resefa.follow(generator, ORIGIN, one, change=0.01, largest=1.0).paths[0] for one in (direction, terms)
    )

    def drift(path):
        return float((path.steps[:, 1] + BEND * path.steps[:, 0] ** 2 + 0.3 * path.steps[:, 2]).abs().max())

    # An edge between the halves can only be held where the right half follows the left.
    assert drift(plain) < 0.1 * drift(steady)
    explicit = resefa.follow(generator, ORIGIN, direction, change=0.01, largest=1.0, objective=vary_hold(hold=held))
    assert torch.allclose(explicit.paths[0].steps, steady.steps)
