"""Pickles as NVIDIA's PyTorch training code writes them, made without that code: the same globals, nesting and keys."""

from __future__ import annotations

import pickle
import sys
import types
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

SOURCE = "raise SystemExit('the source in the file was run')"
PARAMETERS = ("weight", "bias", "const", "noise_strength")


class Persistent:
    """Reduces as an object decorated with ``torch_utils.persistence.persistent_class`` does."""

    def __init__(self, class_name: str, state: dict[str, Any]) -> None:
        self.class_name, self.state = class_name, state

    def __reduce__(self) -> tuple[Any, ...]:
        meta = {"type": "class", "version": 6, "module_src": SOURCE, "class_name": self.class_name, "state": self.state}
        return sys.modules["torch_utils.persistence"]._reconstruct_persistent_obj, (meta,)


def module(tensors: Mapping[str, Tensor], class_name: str = "Generator", **attributes: Any) -> Persistent:
    """Tensors by dotted names as nested modules. ``attributes`` by dotted path: ``{"mapping.fc0": {"bias_gain": 0.01}}``
    under ``of``, all others on the outermost."""
    return _module(tensors, "", class_name, attributes.pop("of", {}), attributes)


def _module(
    tensors: Any, path: str, class_name: str, of: Mapping[str, Any], attributes: Mapping[str, Any]
) -> Persistent:
    state: dict[str, Any] = {"training": False, "_parameters": OrderedDict(), "_buffers": OrderedDict()}
    state |= {"_non_persistent_buffers_set": set(), "_backward_hooks": OrderedDict(), "_modules": OrderedDict()}
    inner: dict[str, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        head, _, rest = key.partition(".")
        if rest:
            inner.setdefault(head, {})[rest] = value
        elif head in PARAMETERS:
            state["_parameters"][head] = torch.nn.Parameter(value)
        else:
            state["_buffers"][head] = value
    for head, found in inner.items():
        below = f"{path}.{head}".lstrip(".")
        state["_modules"][head] = _module(found, below, "Layer", of, of.get(below, {}))
    return Persistent(class_name, state | dict(attributes))


@contextmanager
def _fake_globals():
    """The modules whose names the pickle bears, while it is written."""
    made = {}
    for name in ("torch_utils", "torch_utils.persistence", "dnnlib", "dnnlib.util"):
        made[name] = types.ModuleType(name)

    def _reconstruct_persistent_obj(meta: Any) -> None:
        raise AssertionError("the file's objects were reconstructed")

    class EasyDict(dict):
        pass

    _reconstruct_persistent_obj.__module__, EasyDict.__module__ = "torch_utils.persistence", "dnnlib.util"
    _reconstruct_persistent_obj.__qualname__ = "_reconstruct_persistent_obj"
    EasyDict.__qualname__ = "EasyDict"
    made["torch_utils.persistence"]._reconstruct_persistent_obj = _reconstruct_persistent_obj
    made["dnnlib.util"].EasyDict = EasyDict
    sys.modules.update(made)
    try:
        yield EasyDict
    finally:
        for name in made:
            del sys.modules[name]


def write(path: Path, average: Persistent, plain: Persistent | None = None, protocol: int = 4) -> Path:
    """``G, D, G_ema, training_set_kwargs, augment_pipe`` in one pickle."""
    with _fake_globals() as easy_dict:
        pipe = Persistent("AugmentPipe", {"_parameters": {}, "_buffers": {"p": torch.tensor(0.5)}, "_modules": {}})
        content = {"G": plain or average, "D": None, "G_ema": average, "augment_pipe": pipe}
        content["training_set_kwargs"] = easy_dict(class_name="training.dataset.ImageFolderDataset", path="data.zip")
        path.write_bytes(pickle.dumps(content, protocol=protocol))
    return path
