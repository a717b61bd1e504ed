"""Options of the test run, and the generators that many tests share."""

from __future__ import annotations

import subprocess

import pytest
import torch
from hypothesis import settings
from reference.devices import DEVICES, PRESENT
from reference.small import small_generator

import resefa
from resefa.errors import WeightsError
from resefa.zoo.cards import card
from resefa.zoo.checksums import verified
from resefa.zoo.pull import pull

# A busy machine is slow now and then; no test is one of speed.
settings.register_profile("resefa", deadline=None)
settings.load_profile("resefa")


def pytest_addoption(parser):
    parser.addoption(
        "--device",
        choices=[*DEVICES],
        help="run the contract suites on this device only; default: on every device present",
    )
    parser.addoption(
        "--offline",
        action="store_true",
        help="skip tests whose weights are not in the store instead of downloading them",
    )


def pytest_configure(config):
    if (chosen := config.getoption("--device")) not in (None, *PRESENT):
        raise pytest.UsageError(f"--device {chosen}: torch finds no such device here, only {', '.join(PRESENT)}")


def pytest_generate_tests(metafunc):
    """A test or fixture with the argument ``device`` runs on each device."""
    if "device" in metafunc.fixturenames:
        metafunc.parametrize("device", _devices(metafunc.config), scope="session")


def _devices(config):
    return [config.getoption("--device")] if config.getoption("--device") else PRESENT


@pytest.fixture(scope="session")
def published_weights(request):
    """The path of a card's weights by its name; downloaded unless the run is offline."""

    def path_of(name):
        if not request.config.getoption("--offline"):
            return pull(card(name))
        try:
            return verified(card(name))
        except WeightsError as error:
            pytest.skip(f"--offline: {error}")

    return path_of


@pytest.fixture(scope="session")
def toons():
    """The default generator's 64 px image: contained in the package, so no test of it needs a download."""
    return resefa.load("toon-faces-64")


@pytest.fixture(scope="session")
def faces(published_weights):
    """A DCGAN, with Z alone; for tests of such a generator and of downloads."""
    published_weights("faces-dcgan")
    return resefa.load("faces-dcgan")


@pytest.fixture
def small_disk(tmp_path):
    """A real file system of 300 KiB; only where the tests may mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("no right to mount a small file system here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
def png_figures(monkeypatch):
    """Figures of reports as PNG files alone, which a page shows: other formats take most of a report's time."""
    monkeypatch.setattr("resefa.comparison.report.figures.ENDINGS", ("png",))


@pytest.fixture(scope="session")
def efficientnet_lite0(published_weights):
    from resefa.metrics.features.efficientnet_lite import EfficientNetLite0

    published_weights("efficientnet-lite0")
    return EfficientNetLite0()


@pytest.fixture(scope="session")
def random_inception_file(tmp_path_factory):
    """Random weights in the layout of the FID's Inception-v3, as torch-fidelity's file has it."""
    from reference.features.weights import filled

    from resefa.metrics.features.inception import InceptionNetwork

    path = tmp_path_factory.mktemp("inception") / "weights-inception.pth"
    classifier = {"fc.weight": torch.zeros(1008, 2048), "fc.bias": torch.zeros(1008)}
    torch.save(filled(InceptionNetwork().state_dict()) | classifier, path)
    return path


@pytest.fixture(scope="module")
def style():
    """A small style network with random weights."""
    return small_generator("stylegan2")


@pytest.fixture
def region():
    """A box in the middle of an image of any size."""
    return resefa.Region.box(0.25, 0.25, 0.5, 0.5, unit="fraction")
