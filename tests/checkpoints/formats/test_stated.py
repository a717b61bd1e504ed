"""Attributes of pickled modules that tensors do not show: what is built, or refused by name."""

from __future__ import annotations

import math

import pytest
from checkpoints.formats import nvidia_pickles
from reference.small import small_tensors

from resefa.checkpoints.open import open_checkpoint
from resefa.errors import ModelError


def opened(tmp_path, family="stylegan2", of=None, **attributes):
    tensors, settings, _ = small_tensors(family)
    attributes = {"_init_kwargs": {"synthesis_kwargs": dict(settings or {})}} | attributes
    nvidia_pickles.write(tmp_path / "g.pkl", nvidia_pickles.module(tensors, of=of or {}, **attributes))
    return open_checkpoint(tmp_path / "g.pkl")


BLOCK = "synthesis.b8"


@pytest.mark.parametrize(
    "path, attribute, wrong, right",
    [
        ("mapping.fc1", "activation", "relu", "lrelu"),
        ("mapping.fc1", "bias_gain", 0.5, 0.01),
        (f"{BLOCK}.conv1", "activation", "swish", "lrelu"),
        (f"{BLOCK}.conv1", "act_gain", 1.0, math.sqrt(2)),
        (f"{BLOCK}.conv0", "up", 4, 2),
        (f"{BLOCK}.conv1", "use_noise", False, True),
        (f"{BLOCK}.torgb", "conv_clamp", 0.5, None),
        (f"{BLOCK}.conv1.affine", "activation", "lrelu", "linear"),
        (BLOCK, "architecture", "resnet", "skip"),
        ("mapping", "num_layers", 9, None),
        ("synthesis", "img_resolution", 1024, None),
    ],
)
def test_an_attribute_of_a_layer_that_is_not_built_is_refused(tmp_path, path, attribute, wrong, right):
    with pytest.raises(ModelError, match=rf"{attribute}.*only"):
        opened(tmp_path, of={path: {attribute: wrong}})
    if right is not None:
        assert opened(tmp_path, of={path: {attribute: right}}).family == "stylegan2"


@pytest.mark.parametrize("attribute", ["z_dim", "c_dim", "w_dim", "img_resolution", "img_channels"])
def test_sizes_that_a_generator_claims_are_held_against_its_tensors(tmp_path, attribute):
    with pytest.raises(ModelError, match=f"{attribute} = 77"):
        opened(tmp_path, **{attribute: 77})


@pytest.mark.parametrize(
    "path, attribute, wrong",
    [
        ("synthesis", "img_resolution", 512),
        ("synthesis.input", "bandwidth", 3.0),
        ("synthesis.input", "sampling_rate", 64),
        ("mapping.fc0", "activation", "relu"),
    ],
)
def test_the_same_of_stylegan3(tmp_path, path, attribute, wrong):
    with pytest.raises(ModelError, match=rf"{path}\.{attribute} = "):
        opened(tmp_path, "stylegan3", of={path: {attribute: wrong}})


def test_arguments_that_are_not_known_are_noted(tmp_path):
    found = opened(tmp_path, _init_kwargs={"z_dim": 12, "mapping_kwargs": {"hues": 3}, "split": 2})
    assert found.source.notes == ("unknown settings were ignored: hues, split",)
