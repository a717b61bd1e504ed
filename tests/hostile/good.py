"""Sound files of each format, tiny, of random weights or the frozen ones. A new format adds a line to ``GOOD``."""

from __future__ import annotations

import argparse
import datetime
import functools
import io
import json
import pickle
import sys
import tempfile
import types
from collections import defaultdict, deque
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import numpy as np
import torch
from checkpoints.formats import nvidia_pickles, test_nvidia_tf_pickles
from checkpoints.formats.test_lucidrains import opened as lucidrains
from checkpoints.formats.test_mmgeneration import file_of as mmgeneration
from checkpoints.formats.test_progan_theano import theano_state
from reference.formats.ported import float32, ported
from reference.small import small_record, small_tensors
from safetensors.torch import save

from resefa.checkpoints.native import to_bytes


def _state(family: str = "stylegan2") -> dict:
    return {key: value.clone().contiguous() for key, value in small_tensors(family)[0].items()}


def saved(content: object, *, zipped: bool = True, protocol: int = 2) -> bytes:
    out = io.BytesIO()
    torch.save(content, out, _use_new_zipfile_serialization=zipped, pickle_protocol=protocol)
    return out.getvalue()


def _through_file(write: Callable[[Path], object]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "file")
        return (Path(folder) / "file").read_bytes()


def _nvidia() -> bytes:
    """Source in it would leave the process."""
    settings = small_tensors("stylegan2")[1] or {}
    module = nvidia_pickles.module(_state(), _init_kwargs={"synthesis_kwargs": dict(settings)})
    return _through_file(lambda path: nvidia_pickles.write(path, module))


def _tensorflow(networks: list, module: str, protocol: int) -> bytes:
    return _through_file(lambda path: test_nvidia_tf_pickles.written(path, networks, module, protocol))


def _trained() -> bytes:
    """As training scripts save: several networks, arguments, an optimizer's state, a step."""
    state = _state("stylegan1")
    content = {
        "g": {}, "g_ema": state, "args": argparse.Namespace(size=16, path=None), "step": 4,
        "g_optim": {"state": {0: {"exp_avg": torch.zeros(3)}}, "param_groups": [{"lr": 1e-3, "params": [0]}]},
    }  # fmt: skip
    return saved(content)


def _ported(project: str, config: str) -> dict:
    return float32(ported(project, config)[0])


def _rosinality() -> bytes:
    state, others, _ = ported("rosinality_stylegan2", "smallest")
    return saved({"g_ema": float32(state), "latent_avg": others["latent_avg"].float()})


def _encoder() -> bytes:
    state, others, _ = ported("rosinality_stylegan2", "smallest")
    content = {f"decoder.{key}": value for key, value in float32(state).items()} | {
        "encoder.body.0.weight": torch.ones(2, 2)
    }
    return saved({"state_dict": content, "latent_avg": others["latent_avg"].float().flatten(), "opts": {"lr": 1e-4}})


def _genforce(project: str, config: str) -> bytes:
    content = {"models": {"generator_smooth": _ported(project, config)}, "running_metadata": {"iter": 3}}
    return saved(content)


def _lucidrains() -> bytes:
    content = lucidrains("attention")[0]
    return saved(content | {"GAN": float32(content["GAN"])})


def _safetensors(family: str) -> bytes:
    return save(_state(family), {"settings": json.dumps(small_tensors(family)[1] or {})})


def _arrays() -> bytes:
    """A plain pickle of the weights as torch's own tensors, and some as NumPy arrays."""
    state = _state("progan")
    return pickle.dumps(
        {"generator": state, "arrays": {key: value.numpy() for key, value in list(state.items())[:6]}}, 4
    )


def _dcgan() -> bytes:
    """A whole module."""
    layers = [
        torch.nn.ConvTranspose2d(3, 4, 4, bias=False), torch.nn.BatchNorm2d(4), torch.nn.ReLU(),
        torch.nn.ConvTranspose2d(4, 3, 4, 2, 1, bias=False), torch.nn.Tanh(),
    ]  # fmt: skip
    return saved(torch.nn.Sequential(*layers))


def _vendored() -> bytes:
    """NVIDIA's code within a package of somebody's own."""
    data = _nvidia()
    name = b"torch_utils.persistence"
    # As a short text of protocol 4: its length in one byte before it.
    own = b"draggan." + name
    return data.replace(bytes([len(name)]) + name, bytes([len(own)]) + own)


class HistoryBuffer:
    """Stands for MMEngine's, which pickles its methods by getattr."""

    def __init__(self) -> None:
        self._log_history = np.ones(2)

    def mean(self) -> None: ...

    def __getstate__(self) -> dict:
        return {**self.__dict__, "statistics_methods": {"mean": HistoryBuffer.mean}}


def _mmagic() -> bytes:
    """With a training's message hub."""
    name = "mmengine.logging.history_buffer"
    for module in ("mmengine", "mmengine.logging", name):
        sys.modules[module] = types.ModuleType(module)
    sys.modules[name].HistoryBuffer = HistoryBuffer
    for made, qualified in ((HistoryBuffer, "HistoryBuffer"), (HistoryBuffer.mean, "HistoryBuffer.mean")):
        made.__module__, made.__qualname__ = name, qualified
    hub = {"log_scalars": {"loss": HistoryBuffer()}, "runtime_info": {"epoch": 1}}
    try:
        return saved(mmgeneration(_ported("mmgeneration", "smallest")) | {"message_hub": hub})
    finally:
        for module in ("mmengine", "mmengine.logging", name):
            del sys.modules[module]


def _lightning() -> bytes:
    """All networks in one state dict, wrapped and compiled, with what training keeps beside them."""
    state = _state("stylegan1")
    networks = {f"generator._orig_mod.{key}": value * 2 for key, value in state.items()}
    networks |= {f"generator_ema.module._orig_mod.{key}": value for key, value in state.items()}
    networks |= {"generator_ema.n_averaged": torch.tensor(3), "discriminator.head.weight": torch.zeros(2)}
    beside = {
        "when": datetime.datetime(2024, 1, 1), "best": np.str_("loss"), "losses": deque([1.0], maxlen=3),
        "sums": defaultdict(float, a=1.0), "rows": slice(1, 2), "optimizer": functools.partial(torch.optim.Adam, lr=1e-3),
        "path": PurePosixPath("a/b"), "random": np.random.default_rng(0),
    }  # fmt: skip
    return saved({"epoch": 3, "pytorch-lightning_version": "2.1.0", "state_dict": networks, "hyper_parameters": beside})


def _shadow() -> bytes:
    """An average of parameters alone."""
    layers = torch.nn.Sequential(
        torch.nn.ConvTranspose2d(5, 4, 4), torch.nn.BatchNorm2d(4), torch.nn.ConvTranspose2d(4, 3, 4, 2, 1)
    )
    average = {"decay": 0.999, "shadow_params": [each.detach() for each in layers.parameters()]}
    return saved({"netG": layers.state_dict(), "ema": average})


GOOD: dict[str, Callable[[], bytes]] = {
    "nvidia-pickle": _nvidia,
    "nvidia-tf-stylegan2": lambda: _tensorflow(
        test_nvidia_tf_pickles.three("stylegan2-skip"), "dnnlib.tflib.network", 4),
    "nvidia-tf-stylegan1": lambda: _tensorflow(
        test_nvidia_tf_pickles.three("stylegan1-plain"), "dnnlib.tflib.network", 2),
    "nvidia-tf-progan": lambda: _tensorflow(test_nvidia_tf_pickles.three("progan-plain"), "tfutil", 2),
    "nvidia-theano": lambda: _tensorflow([theano_state("progan-plain")] * 3, "network", 2),
    "rosinality-stylegan2": _rosinality,
    "rosinality-stylegan1": lambda: saved({"g_running": _ported("rosinality_stylegan1", "smallest")}),
    "genforce": lambda: _genforce("genforce", "stylegan2"),
    "hammer": lambda: _genforce("hammer", "stylegan1"),
    "hammer-stylegan3": lambda: _genforce("hammer", "stylegan3-t"),
    "basicsr": lambda: saved({"params_ema": _ported("basicsr", "smallest")}),
    "mmgeneration": lambda: saved(mmgeneration(_ported("mmgeneration", "smallest"))),
    "lucidrains": _lucidrains,
    "pixel2style2pixel": _encoder,
    "biggan": lambda: saved(_state("biggan")),
    "biggan-deep": lambda: _safetensors("biggan-deep"),
    "torch-zip": lambda: saved(_state("progan")),
    "torch-stream": lambda: saved({"G_ema": _state("stylegan1")}, zipped=False),
    "trained-zip": _trained,
    "module-zip": _dcgan,
    "plain-pickle": _arrays,
    "safetensors": lambda: _safetensors("stylegan3"),
    "nvidia-vendored": _vendored,
    "mmagic-training": _mmagic,
    "lightning": _lightning,
    "shadow-parameters": _shadow,
    "list-of-state-dicts": lambda: saved([{"head.weight": torch.zeros(2)}, _state("progan")]),
    "native": lambda: to_bytes(small_record("progan"), {"sha256": "0"}),
}  # fmt: skip
SAFETENSORS = ("safetensors", "native", "biggan-deep")
"""Those that hold no pickle."""
