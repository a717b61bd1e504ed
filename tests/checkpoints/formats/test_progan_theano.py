"""ProGAN's Theano pickles: the arrays of a TensorFlow example, taken apart again as Theano keeps them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from checkpoints.formats.tf_networks import EXAMPLES, state, variables

from resefa.checkpoints.formats.nvidia_tf import flattened, record
from resefa.errors import ModelError


def theano_state(example: str) -> dict:
    """The state of a generator that makes the same images as an example that is not fused."""
    values, kwargs = variables(example), EXAMPLES[example][2]
    sizes = [4 << i for i in range(kwargs["resolution"].bit_length() - 2)]
    names = [
        f"{size}x{size}/{part}" for size in sizes for part in (("Conv0", "Conv1") if size > 4 else ("Dense", "Conv"))
    ]
    params: list = []
    for name in [*names, *(f"ToRGB_lod{lod}" for lod in range(len(sizes)))]:
        weight = values[f"{name}/weight"]
        gain = 1 if "ToRGB" in name else math.sqrt(2) / 4 if "Dense" in name else math.sqrt(2)
        scale = gain / math.sqrt(math.prod(weight.shape[:-1]))
        if "ToRGB" in name:
            kernel = weight[0, 0]
        elif "Dense" in name:
            kernel = weight.reshape(len(weight), -1, 4, 4).transpose(1, 0, 2, 3)
        else:
            kernel = weight[::-1, ::-1].transpose(3, 2, 0, 1)
        # A scale of its own for every layer, as training from scaled weights leaves it.
        params += [kernel / 2, np.asarray(2 * scale, np.float32), values[f"{name}/bias"]]
    spec = {key: value for key, value in kwargs.items() if key != "fused_scale"}
    return {
        "build_func_spec": {"func": "G_paper", **spec},
        "build_module_src": "raise SystemExit",
        "param_values": params,
        "toplevel_params": {"cur_lod": np.asarray(0, np.float32)},
    }


@pytest.mark.parametrize("example", ["progan-plain", "progan-conditional"])
def test_tensors_are_those_of_the_tensorflow_version(example):
    found, wanted = (record(flattened(each(example)), "g.pkl") for each in (theano_state, state))
    assert found.tensors.keys() == wanted.tensors.keys()
    for key, tensor in wanted.tensors.items():
        torch.testing.assert_close(found.tensors[key], tensor, rtol=3e-7, atol=0)
    # Theano appends the labels to the normalised code, TensorFlow normalises both.
    assert wanted.config == {**found.config, **({"joint": True} if "conditional" in example else {})}
    assert (found.source.format, found.source.entry, found.source.notes) == ("NVIDIA Theano ProGAN", "G_paper", ())


def test_what_is_no_generator_of_it_is_refused():
    good = theano_state("progan-plain")
    params, spec = good["param_values"], good["build_func_spec"]
    grown = good | {"toplevel_params": {"cur_lod": np.float32(2)}}
    with pytest.raises(ModelError, match="lod 2"):
        record(flattened(grown), "g.pkl")
    for odd, words in (
        ({"build_func_spec": spec | {"func": "D_paper"}}, "not a (ProGAN )?generator"),
        ({"build_func_spec": spec | {"func": []}}, "not a (ProGAN )?generator"),
        ({"build_func_spec": spec | {"func": np.zeros(3)}}, "not a (ProGAN )?generator"),
        ({"build_func_spec": None}, "not a mapping"),
        ({"param_values": None}, "not a list"),
        ({"param_values": params[:-1]}, "35 arrays; expected 36"),
        ({"param_values": params[::-1]}, "4x4/Dense is invalid; expected a kernel with 4 axes"),
        ({"param_values": [None, *params[1:]]}, "4x4/Dense is invalid"),
        ({"param_values": [params[0], np.zeros(3, np.float32), *params[2:]]}, "4x4/Dense is invalid"),
        ({"param_values": [*params[:2], "bias", *params[3:]]}, "variable 4x4/Dense/bias is not an array"),
        ({"build_func_spec": spec | {"resolution": 10**400}}, "resolution"),
        ({"build_func_spec": spec | {"resolution": 33}}, "resolution"),
        ({"build_func_spec": spec | {"tanh_at_end": 1.0}}, "tanh_at_end"),
        ({"build_func_spec": spec | {"use_wscale": False}}, "use_wscale"),
        ({"build_func_spec": spec | {3: 4}}, "static_kwargs"),
    ):
        with pytest.raises(ModelError, match=words):
            flattened(good | odd)
