"""Meaning of an entry's name: averaged generator, generator in training, discriminator or wrapper.

Names are split into words at punctuation, digits and capitals: ``netG_ema`` is net, g, ema; ``G_EMA`` and ``emaGenerator``
also contain the word ema. A list of whole names is not needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_AVERAGED = frozenset({
    "ema", "avg", "averaged", "average", "averager", "averaging", "smooth", "smoothed", "smoothing", "shadow",
    "running", "moving", "swa", "polyak", "ewma", "ma", "gs", "ge", "se",
})  # fmt: skip
_TRAINING = frozenset({
    "raw", "online", "current", "training", "latest", "no", "non", "not", "without",
})  # fmt: skip
"""Words that mark the network in training beside a plain name; "no_ema" is not an average."""
_SETTINGS = frozenset({
    "hyper", "hparams", "hyperparameters", "args", "config", "cfg", "init", "initial", "backup", "old", "previous",
    "prev",
})  # fmt: skip
"""Entries of settings, which may hold a network from before training."""
_OTHERS = frozenset({
    "d", "ds", "dis", "disc", "discriminator", "discriminators", "critic", "encoder", "enc", "inception", "lpips",
    "vgg", "arcface",
})  # fmt: skip
_GENERATORS = frozenset({
    "g", "gen", "gens", "generator", "generators", "decoder", "netg", "gan", "stylegan", "biggan", "dcgan", "progan", "pggan",
})  # fmt: skip
_WRAPPERS = frozenset({
    "net", "nets", "network", "networks", "model", "models", "module", "modules", "pl", "params", "weights", "state",
    "dict", "sd",
})  # fmt: skip
_PASSED = frozenset({
    "optim", "optimizer", "optimizers", "optimiser", "opt", "sched", "scheduler", "schedulers", "scaler", "grad",
    "grads", "momentum", "adam", "exp",
})  # fmt: skip
WRAPPED = "_orig_mod"
WRAPPING = frozenset(
    {"module", WRAPPED, "_forward_module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_module"}
)
"""Parts that parallel training, compilation and similar wrappers insert into tensor names, at any position."""
AVERAGE, PLAIN, TRAINING, SETTINGS, OTHER = range(5)
"""Ranks of entries; the lowest rank is preferred."""


def words(name: str) -> list[str]:
    """Split a name into words: ``netG_ema`` -> net, g, ema."""
    return [word.lower() for word in _WORDS.findall(name[:200])]


def rank(path: Iterable[str]) -> int:
    """Rank of a generator under these names, lowest for the averaged generator."""
    parts = [set(words(name)) for name in path]
    every = set().union(*parts)
    if every & _OTHERS:
        return OTHER
    if every & _SETTINGS:
        return SETTINGS
    if every & _TRAINING:
        return TRAINING
    return AVERAGE if any(_is_averaged(word) for word in every) else PLAIN


def _is_averaged(word: str) -> bool:
    if word in _AVERAGED:
        return True
    # "netGema" and "EMANET" have no separator between the words.
    rest = word.removesuffix("ema") if word.endswith("ema") else word.removeprefix("ema")
    return rest != word and rest in _GENERATORS | _WRAPPERS


def is_passed_over(name: str) -> bool:
    """Whether an entry belongs to an optimizer or similar, which holds tensors under the network's names."""
    return bool(_PASSED & set(words(name)))


def is_network(name: str) -> bool:
    """Whether the first part of tensor names can denote a generator among other networks."""
    found = set(words(name))
    named = found & (_GENERATORS | _WRAPPERS) or name in WRAPPING or any(map(_is_averaged, found))
    return bool(named) and not found & _OTHERS


def is_generator(name: str) -> bool:
    """Whether the name denotes a generator or an average, rather than any network."""
    return is_network(name) and (bool(set(words(name)) & _GENERATORS) or any(map(_is_averaged, words(name))))


def shown(path: Iterable[str]) -> str:
    """Name of an entry for messages: its path without wrappers, joined by dots, for example ``state_dict.G_ema``."""
    text = ".".join(name[:80] for name in path if name not in WRAPPING)
    return text.replace(".[", "[")[-400:]
