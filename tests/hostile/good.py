"""Sound files of each format, tiny, of random weights. A new format adds a line to ``GOOD``."""

from __future__ import annotations

import argparse
import io
import json
import pickle
import sys
from collections import OrderedDict
from collections.abc import Callable
from types import ModuleType

import torch
from reference.small import small_record, small_tensors
from safetensors.torch import save

from resefa.checkpoints.native import to_bytes
from resefa.generators.families import FAMILIES  # noqa: F401 (imported here, so that no watched process imports it)


def _state(family: str = "stylegan2") -> dict:
    return {key: value.clone().contiguous() for key, value in small_tensors(family)[0].items()}


def saved(content: object, *, zipped: bool = True, protocol: int = 2) -> bytes:
    out = io.BytesIO()
    torch.save(content, out, _use_new_zipfile_serialization=zipped, pickle_protocol=protocol)
    return out.getvalue()


def _rebuild(meta: dict) -> None:
    raise AssertionError("never called")


class Persistent:
    """An object that pickles as NVIDIA's persistence writes its own; nothing of theirs is needed."""

    def __init__(self, class_name: str, state: dict) -> None:
        self.meta = {
            "type": "class",
            "version": 6,
            "module_src": "raise SystemExit",
            "class_name": class_name,
            "state": state,
        }

    def __reduce__(self):
        return _rebuild, (self.meta,)


def nvidia_module(class_name: str, tensors: dict, **attributes: object) -> Persistent:
    """A module and those within it, from tensors by dotted name."""
    own = {key: value for key, value in tensors.items() if "." not in key}
    within: dict[str, dict] = {}
    for key, value in tensors.items():
        if "." in key:
            within.setdefault(key.split(".")[0], {})[key.split(".", 1)[1]] = value
    buffers = {key: value for key, value in own.items() if key in ("w_avg", "noise_const", "resample_filter")}
    state = {
        "training": False,
        "_parameters": OrderedDict(
            (key, torch.nn.Parameter(value)) for key, value in own.items() if key not in buffers
        ),
        "_buffers": OrderedDict(buffers),
        "_non_persistent_buffers_set": set(),
        "_modules": OrderedDict((key, nvidia_module("Layer", inner)) for key, inner in within.items()),
    }
    return Persistent(class_name, state | attributes)


def nvidia_pickle(content: object, protocol: int = 4) -> bytes:
    """The pickle, with its global where NVIDIA's files have it."""
    name = "torch_utils.persistence"
    modules = {part: ModuleType(part) for part in ("torch_utils", name)}
    modules[name]._reconstruct_persistent_obj = _rebuild
    old = _rebuild.__module__, _rebuild.__qualname__
    _rebuild.__module__, _rebuild.__qualname__, _rebuild.__name__ = name, *["_reconstruct_persistent_obj"] * 2
    sys.modules |= modules
    try:
        return pickle.dumps(content, protocol)
    finally:
        _rebuild.__module__, _rebuild.__qualname__ = old
        for part in modules:
            del sys.modules[part]


def _nvidia() -> bytes:
    _, settings, _ = small_tensors("stylegan2")
    module = nvidia_module("Generator", _state(), _init_kwargs={"synthesis_kwargs": dict(settings or {})})
    return nvidia_pickle({"G": None, "D": None, "G_ema": module, "training_set_kwargs": {"path": "x"}})


def _trained() -> bytes:
    """As training scripts save: several networks, arguments, an optimizer's state, a step."""
    state = _state("stylegan1")
    content = {
        "g": {}, "g_ema": state, "args": argparse.Namespace(size=16, path=None), "step": 4,
        "g_optim": {"state": {0: {"exp_avg": torch.zeros(3)}}, "param_groups": [{"lr": 1e-3, "params": [0]}]},
    }  # fmt: skip
    return saved(content)


def _safetensors(family: str) -> bytes:
    return save(_state(family), {"settings": json.dumps(small_tensors(family)[1] or {})})


def _arrays() -> bytes:
    """A plain pickle of the weights as NumPy arrays and of torch's own tensors."""
    state = _state("progan")
    return pickle.dumps(
        {"generator": state, "arrays": {key: value.numpy() for key, value in list(state.items())[:6]}}, 4
    )


def _dcgan() -> bytes:
    layers = [
        torch.nn.ConvTranspose2d(3, 4, 4, bias=False), torch.nn.BatchNorm2d(4), torch.nn.ReLU(),
        torch.nn.ConvTranspose2d(4, 3, 4, 2, 1, bias=False), torch.nn.Tanh(),
    ]  # fmt: skip
    return saved(torch.nn.Sequential(*layers))


GOOD: dict[str, Callable[[], bytes]] = {
    "nvidia-pickle": _nvidia,
    "torch-zip": lambda: saved(_state("progan")),
    "torch-stream": lambda: saved({"G_ema": _state("stylegan1")}, zipped=False),
    "trained-zip": _trained,
    "module-zip": _dcgan,
    "plain-pickle": _arrays,
    "safetensors": lambda: _safetensors("stylegan3"),
    "native": lambda: to_bytes(small_record("progan"), {"sha256": "0"}),
}
