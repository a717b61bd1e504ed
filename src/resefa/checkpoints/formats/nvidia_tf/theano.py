"""The first version of ProGAN, written in Theano: branch original-theano-version of tkarras/progressive_growing_of_gans.

The pickled state has no version and no names: ``build_func_spec`` (the function's name as ``func``, and its settings),
``param_values`` (arrays in the order of use) and ``toplevel_params`` (``cur_lod``). The arrays get the names of
the TensorFlow version here.

A layer has three arrays: its kernel (outputs, inputs, h, w), flipped as Theano's convolutions need it; a scale of the
result, a constant in TensorFlow; the bias. The first layer is a full convolution of a single pixel, so its kernel is the
image. ToRGB layers follow all others, the largest first; their kernels are (i, o).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from resefa.errors import ModelError, printable

_GENERATORS = ("G_paper", "G_progressive_8")
_BUILT = {"use_wscale": True, "use_batchnorm": False, "tanh_at_end": None}
VERSION = 1
"""Version number for these states; those of TensorFlow begin with 2."""


def is_theano(fields: Mapping[str, Any]) -> bool:
    return "version" not in fields and {"build_func_spec", "param_values"} <= set(fields)


def as_tensorflow(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The network's state in the layout of the TensorFlow version, with converted arrays.

    Raises:
        ModelError: the state is not that of a generator.
    """
    spec, values = fields["build_func_spec"], fields["param_values"]
    if not isinstance(spec, Mapping) or not isinstance(values, list | tuple):
        raise ModelError(
            "The build_func_spec of a Theano network is not a mapping, or its param_values are not a list: download the file again."
        )
    function = spec.get("func")
    if not isinstance(function, str) or function not in _GENERATORS:
        raise ModelError(
            "The Theano network is not a ProGAN generator (G_paper); choose a different entry in the file."
        )
    for key, built in _BUILT.items():
        if spec.get(key, built) is not built:
            raise ModelError(
                f"The Theano generator has {key}={printable(spec.get(key), 40)}; only {key}={built} is supported."
            )
    resolution = spec.get("resolution", 32)
    if not isinstance(resolution, int) or not 4 <= resolution <= 1 << 14 or resolution & (resolution - 1):
        raise ModelError(
            f"The Theano generator has resolution {printable(resolution, 40)}; expected a power of 2 from 4 to {1 << 14}."
        )
    sizes = [4 << i for i in range(resolution.bit_length() - 2)]
    if len(values) != 9 * len(sizes):
        raise ModelError(
            f"The Theano generator for {resolution} pixels has {len(values)} arrays; expected {9 * len(sizes)}: "
            "download the file again."
        )
    left = iter(values)
    variables: list[tuple[str, Any]] = []
    for size in sizes:
        first, second = ("Conv0", "Conv1") if size > 4 else ("Dense", "Conv")
        variables += _layer(f"{size}x{size}/{first}", left)
        variables += _layer(f"{size}x{size}/{second}", left)
    for lod in range(len(sizes)):
        variables += _layer(f"ToRGB_lod{lod}", left)
    tops = fields.get("toplevel_params")
    if isinstance(tops, Mapping) and "cur_lod" in tops:
        variables.append(("lod", tops["cur_lod"]))
    kwargs = {key: value for key, value in spec.items() if key not in ("func", *_BUILT)}
    return {"version": VERSION, "name": function, "static_kwargs": kwargs, "variables": variables}


def _layer(name: str, left: Iterator[Any]) -> list[tuple[str, Any]]:
    """Weight and bias under TensorFlow's names, with the weight multiplied by the scale and divided by TensorFlow's constant."""
    weight, scale, bias = next(left), next(left), next(left)
    axes = 2 if name.startswith("ToRGB") else 4
    if not _numbers(weight, axes) or not weight.size or not _numbers(scale, 0):
        raise ModelError(
            f"The kernel or the scale of the Theano layer {name} is invalid; expected a kernel with {axes} axes and a single number as its scale: download the file again."
        )
    if axes == 2:
        kernel, gain = weight[None, None], 1.0
    elif name.endswith("Dense"):
        kernel, gain = weight.transpose(1, 0, 2, 3).reshape(weight.shape[1], -1), math.sqrt(2) / 4
    else:
        kernel, gain = weight.transpose(2, 3, 1, 0)[::-1, ::-1], math.sqrt(2)
    constant = gain / math.sqrt(math.prod(kernel.shape[:-1]))
    scaled = (kernel * np.float64(float(scale) / constant)).astype(weight.dtype)
    return [(f"{name}/weight", scaled), (f"{name}/bias", bias)]


def _numbers(value: Any, axes: int) -> bool:
    """Whether a value is a floating-point array or number."""
    if axes == 0 and isinstance(value, float):
        return True
    return isinstance(value, np.ndarray | np.floating) and value.ndim == axes and value.dtype.kind == "f"
