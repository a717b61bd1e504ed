"""SeFa's directions are those of the authors' procedure on the same weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from reference.lines import lines_apart
from reference.problems import search
from reference.small import small_generator

import resefa


@pytest.fixture
def region():
    return resefa.Region.box(0.25, 0.25, 0.5, 0.5, unit="fraction")


def authors_sefa(weights):
    """SeFa's ``factorize_weight`` after the layers are read, restated: weights (n, features) one per layer."""
    weight = np.concatenate(weights, axis=1)
    weight = weight / np.linalg.norm(weight, axis=0, keepdims=True)
    values, vectors = np.linalg.eig(weight.dot(weight.T))
    return vectors.T[np.argsort(-values)]


@pytest.mark.parametrize(
    ("family", "layers"), [("stylegan2", None), ("stylegan2", "1-3"), ("stylegan1", None), ("stylegan1", "0,4")]
)
def test_sefa_is_the_authors_procedure_on_style_networks(family, layers, region):
    generator = small_generator(family)
    chosen = (
        range(generator.network.num_layers)
        if layers is None
        else [int(i) for i in layers.replace("1-3", "1,2,3").split(",")]
    )
    modules = dict(generator.network.named_modules())
    weights = [
        modules[f"synthesis.{layer.name}.affine"].weight.detach().numpy().T
        for layer in generator.network.style_layers
        if layer.layer in chosen and (not layer.name.endswith("torgb") or layer is generator.network.style_layers[-1])
    ]
    found = search("sefa", layers=layers, ranked=False).find(generator, generator.sample(0, "W"), region, k=6)
    assert lines_apart(found.vectors, torch.from_numpy(authors_sefa(weights)[:6])) < 1e-6


def test_sefa_is_the_authors_procedure_on_progan(region):
    generator = small_generator("progan")
    weight = generator.network.b4.conv0.weight.detach().flip(2, 3).permute(1, 0, 2, 3).flatten(1).numpy()
    found = search("sefa", ranked=False).find(generator, generator.sample(0), region, k=6)
    assert lines_apart(found.vectors, torch.from_numpy(authors_sefa([weight])[:6])) < 1e-6
