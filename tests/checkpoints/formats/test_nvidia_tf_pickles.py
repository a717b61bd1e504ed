"""Whole pickles of NVIDIA's TensorFlow code, ``(G, D, Gs)``, from bytes to images, with the class names of each release."""

from __future__ import annotations

import pickle
import sys
import types

import pytest
import torch
from checkpoints.formats.test_progan_theano import theano_state
from checkpoints.formats.tf_networks import EXAMPLES, state

from resefa.checkpoints.formats.nvidia_tf import flattened, record
from resefa.checkpoints.open import open_checkpoint
from resefa.generators.registry import generator_of


class Network:
    """Pickles as the TensorFlow code's objects do: by its class and its state."""

    def __init__(self, state):
        self.kept = state

    def __getstate__(self):
        return self.kept


def written(path, networks, module, protocol):
    """A pickle whose objects are of ``module.Network``."""
    fakes = {}
    for end in range(1, module.count(".") + 2):
        name = ".".join(module.split(".")[:end])
        fakes[name] = types.ModuleType(name)
    kind = type("Network", (Network,), {"__module__": module})
    fakes[module].Network = kind

    def made(fields):
        fields = dict(fields)
        if fields.get("components"):
            fields["components"] = {key: made(value) for key, value in fields["components"].items()}
        return kind(fields)

    sys.modules.update(fakes)
    try:
        path.write_bytes(pickle.dumps(tuple(made(each) for each in networks), protocol=protocol))
    finally:
        for name in fakes:
            del sys.modules[name]
    return path


def three(example):
    """G, D and Gs; the source in each would leave the process if it ran."""
    average = state(example) | {"build_module_src": "raise SystemExit('run')"}
    return [average | {"name": "G"}, {"version": 4, "name": "D", "static_kwargs": {}, "variables": []}, average]


@pytest.mark.parametrize("protocol", [2, 4])
@pytest.mark.parametrize("example", sorted(EXAMPLES))
def test_the_average_is_opened_and_its_source_is_not_run(example, protocol, tmp_path):
    module = "tfutil" if EXAMPLES[example][1] == 2 else "dnnlib.tflib.network"
    found = open_checkpoint(written(tmp_path / "n.pkl", three(example), module, protocol))
    expected = record(flattened(state(example)), "n.pkl")
    assert found.source.entry == "Gs"
    assert found.config == expected.config
    assert all(torch.equal(found.tensors[key], expected.tensors[key]) for key in expected.tensors)


def test_protocol_0_and_a_single_network(tmp_path):
    example = "stylegan2-skip"
    found = open_checkpoint(written(tmp_path / "n.pkl", [state(example)], "dnnlib.tflib.network", 0))
    generator = generator_of(found, "n")
    assert generator.synthesize(generator.sample(0)).isfinite().all()


def test_a_theano_progan(tmp_path):
    found = open_checkpoint(written(tmp_path / "n.pkl", [theano_state("progan-plain")] * 3, "network", 2))
    assert found.family == "progan"
    generator = generator_of(found, "n")
    assert generator.synthesize(generator.sample(0)).isfinite().all()
