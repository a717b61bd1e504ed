"""What is given in place of a direction, weights or pairs is refused in one sentence."""

from __future__ import annotations

import numpy as np
import pytest
from reference.planted import REGION, planted_generator

import resefa
from resefa.errors import UsageError

GENERATOR = planted_generator()
CODE = GENERATOR.sample(0)
DIRECTIONS = resefa.discover(GENERATOR, CODE, REGION, k=2)


@pytest.mark.parametrize("call", [resefa.calibrate, resefa.locality])
@pytest.mark.parametrize(("given", "words"), [(DIRECTIONS, r"directions\[0\]"), (DIRECTIONS.vectors[0], "type Tensor")])
def test_a_direction_is_asked_for(call, given, words):
    with pytest.raises(UsageError, match=words):
        call(GENERATOR, CODE, given)


@pytest.mark.parametrize("call", [resefa.calibrate, resefa.locality])
def test_a_region_is_asked_for(call):
    bare = resefa.Directions(DIRECTIONS.vectors)[0]
    with pytest.raises(UsageError, match="give region"):
        call(GENERATOR, CODE, bare)
    wanted = call(GENERATOR, CODE, DIRECTIONS[0], region=REGION)
    assert call(GENERATOR, CODE, bare, region=REGION) == wanted == call(GENERATOR, None, DIRECTIONS[0])


@pytest.mark.parametrize("moves", [list(DIRECTIONS), {DIRECTIONS[0]: 1.0}, [(DIRECTIONS[0],)], DIRECTIONS[0]])
def test_a_composition_takes_pairs(moves):
    with pytest.raises(UsageError, match="pairs of a direction and a number"):
        resefa.Composition(moves)


@pytest.mark.parametrize("amount", [float("nan"), "1", None])
def test_an_amount_is_a_finite_number(amount):
    with pytest.raises(UsageError, match="finite number"):
        resefa.Composition([(DIRECTIONS[0], amount)])
    resefa.Composition([(DIRECTIONS[0], np.float32(0.5))])
