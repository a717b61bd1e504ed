"""The whole Jacobian of a layered space, made layer by layer."""

from __future__ import annotations

import pytest
import torch
from reference.problems import image_jacobian, jacobian_operator

from resefa.jacobian.operator import JacobianOperator
from resefa.runtime.jacobian_cache import JacobianCache


@pytest.mark.parametrize(("space", "layers"), [("W+", None), ("W+", "1-2"), ("S", None), ("W", None)])
def test_it_is_that_of_all_layers_at_once(style, space, layers):
    code = style.sample(0, space)
    motion = style.motion(space, layers, space)
    found = image_jacobian(style, code, style.resolution, motion=motion, cache=JacobianCache())
    whole = jacobian_operator(style, code, motion=motion).dense()
    assert torch.allclose(found.matrix, whole, rtol=1e-4, atol=1e-6 * float(whole.abs().max()))


def test_an_interruption_within_a_layer_goes_on_there(style, tmp_path, monkeypatch):
    code, size = style.sample(0, "W+"), style.resolution
    whole = image_jacobian(style, code, size, cache=JacobianCache())
    n = style.motion(code_space="W+").dimensions
    width = n // style.network.num_layers
    seen = []

    def stop(done, total):
        seen.append((done, total))
        if done > width + width // 3:
            raise KeyboardInterrupt

    # Few columns at a time, so that a layer takes several chunks.
    monkeypatch.setattr(JacobianOperator, "chunk_for", lambda self, tangents: max(1, min(width // 4, tangents)))
    with pytest.raises(KeyboardInterrupt):
        image_jacobian(style, code, size, cache=JacobianCache(folder=tmp_path), progress=stop)
    done = seen[-1][0]
    assert width < done < 2 * width
    seen.clear()
    again = image_jacobian(
        style, code, size, cache=JacobianCache(folder=tmp_path), progress=lambda *now: seen.append(now)
    )
    assert seen[0][0] == done + width // 4 and seen[-1] == (n, n)
    assert torch.allclose(again.matrix, whole.matrix, rtol=1e-4, atol=1e-6 * float(whole.matrix.abs().max()))
