"""InterFaceGAN: a boundary of known normal, labels and scorers."""

from __future__ import annotations

import pytest
import torch
from reference.problems import search

from resefa.errors import UsageError
from resefa.methods.inter_face_gan import boundary


@pytest.mark.parametrize("loss", ["hinge", "logistic"])
def test_a_boundary_of_known_normal_is_found(loss):
    drawn = torch.Generator().manual_seed(0)
    codes = torch.randn(3000, 6, generator=drawn, dtype=torch.float64) + 5
    normal = torch.tensor([3.0, 0, -4.0, 0, 0, 0], dtype=torch.float64) / 5
    signs = torch.where((codes - 5) @ normal > 0.3, 1.0, -1.0).double()
    found, right = boundary(codes, signs, loss=loss)
    assert float(found @ normal) > 0.999 and right > 0.97
    assert float(found @ boundary(codes, -signs, loss=loss)[0]) < -0.999


def test_inter_face_gan_by_a_scorer_makes_the_score_rise(style, region):
    def score(images):
        return images[:, 0].mean((1, 2))

    code = style.sample(range(8), "W")
    found = search("interfacegan", scorer=score, samples=400).find(style, code, region, k=2)
    assert len(found) == 1 and "scores" in found.status
    moved = style.synthesize(code.moved(0.3 * found.vectors[0]))
    assert float((score(moved) - score(style.synthesize(code))).mean()) > 0
    labels = (score(style.synthesize(style.sample(range(200)))) > 0).double()
    both = torch.stack([labels, 1 - labels], 1)
    pair = search("interfacegan", labels=both, label_codes=style.sample(range(200))).find(style, code, region, k=2)
    assert torch.allclose(pair.vectors[0], -pair.vectors[1], atol=1e-4)
    for wrong, words in ((labels[:9], "for 200 codes"), (torch.ones(200), "same sign")):
        with pytest.raises(UsageError, match=words):
            search("interfacegan", labels=wrong, label_codes=style.sample(range(200))).find(style, code, region, k=1)
