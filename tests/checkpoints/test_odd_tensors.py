"""Every family's reader on tensors that were renamed, reshaped, dropped or added, and on settings of any kind: a sentence, never more."""

from __future__ import annotations

import json
import random
import time

import pytest
import torch
from checkpoints.formats.test_lucidrains import opened as lucidrains
from reference.formats.ported import ported
from reference.small import FAMILIES, small_tensors

from resefa.checkpoints.detect import record_of
from resefa.errors import ResefaError

SEEDS = 120
SHAPES = ((), (0,), (1,), (3,), (0, 4), (4, 4), (1, 1, 1), (2, 0, 3, 3), (1, 1, 1, 1, 1), (5000, 1))
NUMBERS = ("0", "1", "7", "64", "99999999", "9" * 30, "9" * 5000, "-3", "٣", "")
ODD = ("\n", "\x1b[31m", "\ud800", "a" * 3000, "..", "", "module.", "1e9")
SETTINGS = (
    None,
    "x\ny" * 500,
    -1,
    0,
    1e308,
    float("nan"),
    10**400,
    [],
    [[1, 2]],
    {},
    {"a": 1},
    torch.ones(3),
    True,
    ["x"] * 9,
    2**63,
)


def changed(tensors: dict, settings: dict, draw: random.Random) -> tuple[dict, dict]:
    tensors, settings = dict(tensors), dict(settings)
    for _ in range(draw.choice((1, 1, 2, 5))):
        keys = list(tensors)
        key = draw.choice(keys)
        match draw.randrange(7):
            case 0:
                del tensors[key]
            case 1:
                tensors[key] = torch.zeros(
                    draw.choice(SHAPES), dtype=draw.choice((torch.float32, torch.int64, torch.bool))
                )
            case 2:
                digits = [i for i, char in enumerate(key) if char.isdigit()]
                if digits:
                    place = draw.choice(digits)
                    tensors[key[:place] + draw.choice(NUMBERS) + key[place + 1 :]] = tensors.pop(key)
            case 3:
                place = draw.randrange(len(key) + 1)
                tensors[key[:place] + draw.choice(ODD) + key[place:]] = tensors.pop(key)
            case 4:
                tensors[draw.choice(keys)] = tensors[draw.choice(keys)]
            case 5:
                # One layer's tensors under many other numbers.
                stem = key.rsplit(".", 2)[0]
                digits = "".join(char for char in stem if char.isdigit())
                inner = [k for k in keys if k.startswith(stem)]
                for number in range(draw.choice((3, 300))) if digits else ():
                    tensors |= {k.replace(digits, str(number), 1): tensors[k] for k in inner}
            case 6:
                known = ["conv_clamp", "lr_multiplier", "mapping_lrmul", "fused_scale", "label_size", "layers", "eps", "BN_eps", "SN_eps",
                         "activation", "resample_filter", "num_critical", "first_cutoff", "first_stopband", "margin_size", "filter_size",
                         "lrelu_upsampling", "mapping_kwargs", "use_wscale", "norm_style", "last_stopband_rel", "use_radial_filters"]  # fmt: skip
                settings[draw.choice(known)] = draw.choice(SETTINGS)
    return tensors, settings


PORTS = {
    "rosinality_stylegan2": ("smallest", lambda state: {"g_ema": state, "latent_avg": torch.zeros(8)}),
    "rosinality_stylegan1": ("smallest", lambda state: {"g_running": state}),
    "genforce": ("stylegan2", lambda state: {"models": {"generator_smooth": state}}),
    "hammer": ("stylegan1", lambda state: {"generator": state}),
    "mmgeneration": ("smallest", lambda state: {"state_dict": {f"generator_ema.{k}": v for k, v in state.items()}}),
}


def _networks(kind):
    """Tensors, settings, and what a file has around them."""
    if kind == "dcgan":
        layers = [torch.nn.ConvTranspose2d(3, 4, 4), torch.nn.BatchNorm2d(4), torch.nn.ConvTranspose2d(4, 3, 4)]
        return torch.nn.Sequential(*layers).state_dict(), {}, dict
    if kind == "lucidrains":
        content = lucidrains("attention")[0]
        return content["GAN"], {}, lambda state: {**content, "GAN": state}
    if kind in PORTS:
        config, around = PORTS[kind]
        state, _, settings = ported(kind, config)
        return state, settings, around
    tensors, settings, _ = small_tensors(kind)
    return tensors, settings or {}, dict


@pytest.mark.parametrize("kind", [*FAMILIES, "dcgan", *PORTS, "lucidrains"])
def test_a_sentence_or_a_record(kind):
    tensors, settings, around = _networks(kind)
    refused, raw = 0, []
    for seed in range(SEEDS):
        odd, given = changed(tensors, settings, random.Random(seed))
        start = time.process_time()
        try:
            record = record_of(around(odd), "file", given)
            assert record is None or json.dumps(record.config)
        except ResefaError as error:
            refused += 1
            assert len(str(error)) <= 500
            assert str(error).isprintable()
            if "fit no network" in str(error):
                raw.append((seed, str(error)))
        assert time.process_time() - start < 5, seed
    assert refused > SEEDS // 5
    assert not raw, "a reader did not check what it took"
