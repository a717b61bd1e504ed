"""Moments: sums that merge, files that come back, and sentences where a covariance is not to be had."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from resefa.errors import MetricError
from resefa.metrics.moments import FeatureMoments


def drawn(count: int, dimensions: int = 6, seed: int = 0) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    mixing = torch.randn(dimensions, dimensions, generator=draw, dtype=torch.float64)
    return torch.randn(count, dimensions, generator=draw, dtype=torch.float64) @ mixing + 3


def of(features: torch.Tensor, source: str = "") -> FeatureMoments:
    return FeatureMoments(features.shape[1], source).update(features)


def test_mean_and_covariance_are_numpys():
    features = drawn(50)
    moments = of(features)
    assert np.allclose(moments.mean, features.numpy().mean(0), rtol=1e-13)
    assert np.allclose(moments.covariance, np.cov(features.numpy(), rowvar=False), rtol=1e-11, atol=1e-12)
    assert torch.equal(moments.covariance, moments.covariance.T)


def test_merged_parts_are_the_whole_in_any_order_and_neither_changes():
    features = drawn(60)
    whole, a, b = of(features), of(features[:17]), of(features[17:])
    for merged in (a + b, b + a, of(features.flip(0)), FeatureMoments(6).update(features[:1]).update(features[1:])):
        assert merged.count == 60
        assert torch.allclose(merged.mean, whole.mean, rtol=1e-13)
        assert torch.allclose(merged.covariance, whole.covariance, rtol=1e-11, atol=1e-12)
    assert a.count == 17 and torch.equal(a.total, of(features[:17]).total)


def test_a_file_comes_back_bit_for_bit(tmp_path):
    moments = of(drawn(9), "some network abc")
    moments.save(tmp_path / "m.safetensors")
    again = FeatureMoments.load(tmp_path / "m.safetensors")
    assert (again.count, again.source) == (9, "some network abc")
    assert torch.equal(again.total, moments.total) and torch.equal(again.products, moments.products)


def test_other_files_are_refused(tmp_path):
    (tmp_path / "text").write_text("no tensors")
    save_file({"total": torch.zeros(3)}, tmp_path / "other.safetensors")
    good = {"count": torch.tensor(3), "total": torch.zeros(3).double(), "products": torch.zeros(2, 3).double()}
    save_file(good, tmp_path / "odd.safetensors", {"format": "resefa.moments", "format_version": "1"})
    save_file(good, tmp_path / "new.safetensors", {"format": "resefa.moments", "format_version": "9"})
    save_file(good, tmp_path / "superscript.safetensors", {"format": "resefa.moments", "format_version": "²"})
    save_file(
        {**good, "products": torch.full((3, 3), float("nan")).double()},
        tmp_path / "nan.safetensors",
        {"format": "resefa.moments", "format_version": "1"},
    )
    for name, words in (
        ("superscript.safetensors", "version ²"),
        ("nan.safetensors", "impossible moments"),
        ("", "is a folder"),
        ("missing", "cannot be read"),
        ("text", "cannot be read"),
        ("other.safetensors", "different kind"),
        ("odd.safetensors", "wrong shapes"),
        ("new.safetensors", "version 9"),
    ):
        with pytest.raises(MetricError, match=words):
            FeatureMoments.load(tmp_path / name)


def test_what_cannot_be_summed_is_refused():
    with pytest.raises(MetricError, match=r"expected \(b, 6\)"):
        FeatureMoments(6).update(torch.zeros(2, 5))
    with pytest.raises(MetricError, match="NaN"):
        FeatureMoments(2).update(torch.tensor([[0.0, float("nan")]]))
    with pytest.raises(MetricError, match="same extractor"):
        of(drawn(3), "one") + of(drawn(3), "another")
    with pytest.raises(MetricError, match="mean is undefined"):
        _ = FeatureMoments(6).mean


def test_too_few_samples_say_how_many_are_needed():
    with pytest.raises(MetricError, match=r"at least 2, and 7 for full rank"):
        _ = of(drawn(1)).covariance
    with pytest.raises(MetricError, match=r"rank at most 5; give at least 7"):
        of(drawn(6)).refuse_too_few()
    of(drawn(7)).refuse_too_few()
