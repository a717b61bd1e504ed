"""Networks that are known and not built are named, and nobody is sent round by --allow-global."""

from __future__ import annotations

import sys
import types

import pytest
import torch
from reference.small import small_tensors
from torch import nn

import resefa
from resefa.checkpoints.open import open_checkpoint
from resefa.checkpoints.unsupported import NotBuiltError
from resefa.errors import ModelError, WeightsError

STYLEGAN2 = {key: value.float() for key, value in small_tensors("stylegan2")[0].items()}
STYLEGAN3 = {key: value.float() for key, value in small_tensors("stylegan3")[0].items() if "embed" not in key}


def names(*keys):
    return {key: torch.zeros(2, 2) for key in keys}


OTHERS = {
    "EG3D": {f"backbone.{key}": value for key, value in STYLEGAN2.items()}
    | names("superresolution.block0.conv0.weight"),
    "StyleGAN-XL": {**STYLEGAN3, "mapping.embed.weight": torch.zeros(1000, 320)},
    "FastGAN": names(
        "synthesis.init.init.0.weight_orig", "synthesis.feat_8.1.weight_orig", "synthesis.se_64.main.1.weight_orig"
    ),
    "lightweight-gan": names("initial_conv.0.weight", "layers.0.0.0.1.weight", "out_conv.weight"),
    "diffusion": names("model.diffusion_model.input_blocks.0.0.weight", "first_stage_model.decoder.conv_in.weight"),
    "picture into another": names("model.1.weight", "model.10.conv_block.1.weight"),
    "super-resolution": names("conv_first.weight", "body.0.rdb1.conv1.weight"),
}


@pytest.mark.parametrize(
    "around",
    [
        lambda state: state,
        lambda state: {"G_ema": state},
        lambda state: {"state_dict": {f"generator.{k}": v for k, v in state.items()}},
    ],
)
@pytest.mark.parametrize("kind", OTHERS)
def test_it_is_named(kind, around, tmp_path):
    torch.save(around(OTHERS[kind]), tmp_path / "net.pt")
    with pytest.raises(NotBuiltError, match=f"{kind}.*not support"):
        open_checkpoint(tmp_path / "net.pt")


@pytest.fixture
def classes():
    """Classes of somebody's training code, by name."""
    made = []

    def of(module, *kinds):
        package = module.split(".")[0]
        place = types.ModuleType(module)
        for name in (package, module):
            sys.modules.setdefault(name, place)
            made.append(name)
        place = sys.modules[module] = types.ModuleType(module)
        for kind in kinds:
            setattr(place, kind, type(kind, (nn.Module,), {"__module__": module}))
        return [getattr(place, kind) for kind in kinds]

    yield of
    for module in made:
        sys.modules.pop(module, None)


def test_classes_name_what_tensors_do_not(classes, tmp_path):
    generator, *parts = [
        kind() for kind in classes("pg_modules", "Generator", "FastganSynthesis", "InitLayer", "SEBlock", "GLU")
    ]
    for i, part in enumerate(parts):
        part.weight = nn.Parameter(torch.ones(3, 3))
        generator.add_module(f"part{i}", part)
    torch.save({"G_ema": generator}, tmp_path / "net.pt")
    with pytest.raises(NotBuiltError, match=r"FastGAN.*pg_modules\.\{Generator, FastganSynthesis") as said:
        resefa.load(tmp_path / "net.pt")
    assert "--allow-global" not in str(said.value)


def test_no_advice_where_no_reader_knows_the_tensors(classes, tmp_path):
    network = classes("mine", "Net")[0]()
    network.weight = nn.Parameter(torch.ones(3, 3))
    torch.save({"G_ema": network}, tmp_path / "net.pt")
    with pytest.raises(ModelError, match=r"objects of mine\.Net, but no tensors in a supported layout") as said:
        resefa.load(tmp_path / "net.pt")
    assert "--allow-global" not in str(said.value)


@pytest.mark.parametrize("count", [1, 3, 9])
def test_the_advice_names_all_at_once_and_works(classes, count, tmp_path):
    chain = [nn.ConvTranspose2d(6, 8, 4, 1, 0), nn.BatchNorm2d(8), nn.ConvTranspose2d(8, 3, 4, 2, 1)]
    network = classes("mine.nets", "Net")[0]()
    network.main = nn.Sequential(*chain)
    extra = [kind() for kind in classes("mine.parts", *(f"Loss{i}" for i in range(count - 1)))]
    torch.save({"G_ema": network, "losses": extra}, tmp_path / "net.pt")
    with pytest.raises(WeightsError, match="resefa convert --allow-global") as said:
        resefa.load(tmp_path / "net.pt")
    advice = str(said.value).rstrip(".").split("--allow-global ")[1:]
    allow = [each.strip().strip("'\"") for each in advice]
    assert allow == (["mine.*"] if count > 3 else ["mine.nets.Net", *(f"mine.parts.Loss{i}" for i in range(count - 1))])
    assert resefa.load(tmp_path / "net.pt", allow_globals=allow).resolution == (8, 8)
