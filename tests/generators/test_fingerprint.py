"""One fingerprint, one generator: what decides its images decides the digest, and rounding does not."""

from __future__ import annotations

import pytest
import torch
from reference.small import small_generator
from torch import nn

import resefa
from resefa.generators.fingerprint import wrapped_fingerprint


class Painter(nn.Module):
    def __init__(self, base, label=0):
        super().__init__()
        self.base, self.label = base, label

    def forward(self, z):
        return torch.tanh(self.base(z) + 0.3 * self.label).view(-1, 3, 8, 8)


@pytest.fixture
def base():
    torch.manual_seed(0)
    return nn.Linear(6, 192)


def test_a_wrapped_module_is_told_by_weights_attributes_and_range(base):
    made = [
        resefa.wrap(Painter(base), 6),
        resefa.wrap(Painter(base, label=2), 6),
        resefa.wrap(Painter(base), 6, output_range=(-1.5, 1)),
        resefa.wrap(Painter(nn.Linear(6, 192)), 6),
    ]
    prints = [one.fingerprint for one in made]
    assert len(set(prints)) == len(prints) and all(len(one) == 64 for one in prints)
    assert resefa.wrap(Painter(base), 6).fingerprint == prints[0]


def test_rounding_and_precision_do_not_count(base):
    whole = resefa.wrap(Painter(base), 6, name="whole")
    assert resefa.wrap(Painter(base), 6, dtype="float64").fingerprint == whole.fingerprint
    images = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(1)) - 0.5
    found = wrapped_fingerprint("ab", [6], images)
    assert found == wrapped_fingerprint("ab", [6], images * (1 + 1e-6))
    assert found != wrapped_fingerprint("ab", [6], images + 0.1)


@pytest.mark.parametrize("change", ["in place", "through data", "loaded", "optimizer"])
def test_weights_that_were_changed_in_place_have_another_fingerprint(base, change):
    generator = resefa.wrap(Painter(base), 6)
    before = generator.fingerprint
    assert generator.fingerprint == before
    if change == "in place":
        with torch.no_grad():
            base.weight[3, 2] += 1
    elif change == "through data":
        base.weight.data.mul_(0.5)
    elif change == "loaded":
        base.load_state_dict(nn.Linear(6, 192).state_dict())
    else:
        base(torch.ones(1, 6)).sum().backward()
        torch.optim.SGD(base.parameters(), 0.1).step()
    after = generator.fingerprint
    assert after != before and after == resefa.wrap(Painter(base), 6).fingerprint
    found = resefa.discover(generator, generator.sample(0), resefa.Region.box(2, 2, 4, 4), k=1)
    assert found.provenance.fingerprint == after


def test_a_familys_fingerprint_is_that_of_its_file_until_its_weights_change():
    generator = small_generator("stylegan2")
    view = generator.at_resolution(8)
    before, seen = generator.fingerprint, view.fingerprint
    assert seen == f"{before}@8" and generator.under(truncation=0.5).fingerprint == before
    with torch.no_grad():
        next(generator.network.parameters()).mul_(1.1)
    assert generator.fingerprint != before and view.fingerprint == f"{generator.fingerprint}@8"
