"""Pickled states of NVIDIA's TensorFlow networks: what is read, and that nothing odd in them does harm."""

from __future__ import annotations

import copy
import random
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from checkpoints.formats.tf_networks import EXAMPLES, state, variables

from resefa.checkpoints.formats.nvidia_tf import flattened, record
from resefa.errors import ModelError


@pytest.mark.parametrize("example", EXAMPLES)
def test_components_are_flattened_under_their_keys(example):
    network = flattened(state(example))
    assert set(network.variables) == set(variables(example))
    assert (network.name, network.version) == ("Gs", EXAMPLES[example][1])
    assert dict(network.kwargs) == EXAMPLES[example][2]
    assert all(isinstance(value, np.ndarray) for value in network.variables.values())


def test_states_inside_objects_and_names_of_components_are_the_same():
    plain = state("stylegan1-plain")
    wrapped = dict(plain, components={key: SimpleNamespace(state=part) for key, part in plain["components"].items()})
    whole = [
        (f"G_{key}/{name}", value) for key, part in plain["components"].items() for name, value in part["variables"]
    ]
    one = dict(plain, components={}, variables=plain["variables"] + whole)
    wanted = flattened(plain).variables
    for other in (SimpleNamespace(state=plain), wrapped, one):
        found = flattened(other).variables
        assert found.keys() == wanted.keys()
        assert all(np.array_equal(found[key], wanted[key]) for key in wanted)


def test_arrays_of_any_layout_give_the_same_tensors():
    plain = record(flattened(state("stylegan2-skip")), "g").tensors
    for convert in (
        lambda a: np.asarray(a).astype(">f4"),
        lambda a: np.asfortranarray(a) if np.ndim(a) else a,
        lambda a: np.frombuffer(np.asarray(a).tobytes(), np.float32).reshape(np.shape(a)),
        lambda a: float(a) if np.ndim(a) == 0 else a,
    ):
        other = state("stylegan2-skip")
        for part in (other, *other["components"].values()):
            part["variables"] = [(key, convert(value)) for key, value in part["variables"]]
        tensors = record(flattened(other), "g").tensors
        assert all(torch.equal(tensors[key].float(), plain[key]) for key in plain)


def _nested() -> dict:
    inner = state("stylegan2-orig")
    for _ in range(10_000):
        inner = dict(inner, components={"synthesis": inner})
    return inner


def _cyclic() -> dict:
    whole = state("stylegan2-orig")
    whole["components"] = {"synthesis": whole}
    return whole


_GOOD = state("progan-plain")
_LOOP: list = []
_LOOP.append(_LOOP)


@pytest.mark.parametrize(
    "odd",
    [
        None, 3, [], {}, "state", {"version": 4}, {"variables": []}, SimpleNamespace(state=None), _nested(), _cyclic(),
        *(_GOOD | {"version": version} for version in (None, True, 1, 6, 10**4000, "2", [], 2.0)),
        *(_GOOD | {"name": name} for name in (3, b"Gs", [])),
        *(_GOOD | {"static_kwargs": kwargs} for kwargs in (None, [], {3: 4}, "x")),
        *(_GOOD | {"components": value} for value in ([1], "x", np.ones(3), {"a": 1}, {3: _GOOD}, dict.fromkeys("abcdefghijklmnopqrs", _GOOD))),
        *(_GOOD | {"variables": value} for value in (None, "ab", [1], ["ab"], [("a",)], [(1, 2)], [("a", 1, 2)], {"a": 1})),
        *(_GOOD | {"variables": [("lod", value)]} for value in (None, "0", [0.0], True, np.array([None]), np.zeros(2, int),
          np.zeros(2, "V4"), np.longdouble(0), np.complex64(1), 10**400, _LOOP)),
        _GOOD | {"variables": [("lod", np.float32(0))] * 2},
        _GOOD | {"variables": [(str(i), np.float32(0)) for i in range(5000)]},
    ],
)  # fmt: skip
def test_malformed_states_are_refused(odd):
    with pytest.raises(ModelError) as refused:
        flattened(odd)
    assert str(refused.value).isprintable() and len(str(refused.value)) < 600


def test_odd_settings_become_plain_values():
    odd = _GOOD | {"static_kwargs": {
        "scalar": np.float32(2), "array": np.arange(3), "big": np.zeros(1000), "object": object(), "loop": _LOOP,
        "word": "\x1b[31m", "huge": 10**5000, "tuple": (1, (2, None)), "mapping": {"a": 1}, "torch": torch.zeros(2), "void": np.zeros(1, "V4")[0],
    }}  # fmt: skip
    kwargs = flattened(odd).kwargs
    assert kwargs["scalar"] == 2.0 and kwargs["array"] == [0, 1, 2] and kwargs["tuple"] == [1, [2, None]]
    assert kwargs["word"] == "'\\x1b[31m'" and kwargs["huge"] == "a huge number"
    assert kwargs["object"] == "of type object" and kwargs["big"] == "of type ndarray"


_ODD = (None, True, -1, 0, 3.5, float("nan"), 10**400, "", "lrelu", "x\x1b", [], [1, 2], [None], {}, _LOOP, object(),
        np.float32(1), np.zeros(0, np.float32), np.zeros((2, 3)), np.zeros((3, 3, 2, 2)), torch.zeros(2))  # fmt: skip
_KEYS = ("label_size", "conv_clamp", "resample_kernel", "mapping_lrmul", "fused_scale", "blur_filter", "lod")


def test_mutated_states_give_a_record_or_one_sentence():
    random.seed(0)
    outcomes = {True: 0, False: 0}
    for _ in range(300):
        mutant = copy.deepcopy(state(random.choice([key for key in EXAMPLES if key != "stylegan1-auto"])))
        for _ in range(random.randint(1, 3)):
            part = random.choice([mutant, *mutant.get("components", {}).values()])
            kind = random.randrange(5)
            if kind == 0 and part["variables"]:
                i = random.randrange(len(part["variables"]))
                part["variables"][i] = (part["variables"][i][0], random.choice(_ODD))
            elif kind == 1 and part["variables"]:
                del part["variables"][random.randrange(len(part["variables"]))]
            elif kind == 2:
                mutant["static_kwargs"][random.choice([*mutant["static_kwargs"], *_KEYS])] = random.choice(_ODD)
            elif kind == 3 and part["variables"]:
                name, value = random.choice(part["variables"])
                name = name.replace(random.choice("0148xD/"), random.choice(("9" * 30, "", "x", "0", "\x00")), 1)
                part["variables"].append((name, value))
            elif kind == 4 and part["variables"]:
                i = random.randrange(len(part["variables"]))
                name, value = part["variables"][i]
                if isinstance(value, np.ndarray) and value.ndim:
                    part["variables"][i] = (
                        name,
                        value.reshape(random.choice([(-1,), (*value.shape, 1), value.shape[::-1]])),
                    )
        try:
            record(flattened(mutant), "g.pkl")
            outcomes[True] += 1
        except ModelError as error:
            assert str(error).isprintable() and len(str(error)) < 1000
            outcomes[False] += 1
    assert min(outcomes.values()) > 20
