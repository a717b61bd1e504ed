"""Features of networks in terms: named networks, modules of the user, and networks without derivatives."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import resefa
from resefa.discovery import Attributes, ModuleFeatures, NetworkFeatures, Term, vary_hold
from resefa.errors import GeneratorError, UsageError
from resefa.metrics import DifferentiableExtractor
from resefa.worlds import AttributeReader

REGION = resefa.Region.box(0, 0, 4, 4)


def generator():
    """Three numbers: the top rows' brightness, red and green of the whole image."""

    def paint(z):
        image = torch.zeros(len(z), 3, 8, 8, dtype=z.dtype)
        top = image.clone()
        top[:, :, :4] = 1
        red, green = image.clone(), image.clone()
        red[:, 0], green[:, 1] = 1, 1
        return (
            z[:, 0, None, None, None] * top + z[:, 1, None, None, None] * red + z[:, 2, None, None, None] * green
        ) / 9

    return resefa.wrap(paint, 3, dtype="float64", output_range=(-1, 1))


class MeanOf(nn.Module):
    """The mean of one channel as an embedding."""

    def __init__(self, channel: int, rounded: bool = False) -> None:
        super().__init__()
        self.channel, self.rounded = channel, rounded
        self.scale = nn.Parameter(torch.full((1,), 1.0 + channel, dtype=torch.float64))

    def forward(self, images):
        mean = images[:, self.channel].mean((1, 2))[:, None] * self.scale
        return mean.round() if self.rounded else mean


class Outside:
    """An extractor that runs outside torch."""

    name, fingerprint, dimensions = "some ONNX network", "0" * 64, 2

    def features(self, images):
        return torch.zeros(len(images), 2)


@pytest.mark.parametrize("weight", [1, 50])
def test_a_held_embedding_turns_the_direction(weight):
    made = generator()
    code = made.sample(0)
    held = Term(NetworkFeatures(ModuleFeatures(MeanOf(0), 1, "red")), weight)
    plain, steady = (resefa.discover(made, code, "box:0,0,4,8", k=1, hold=hold) for hold in ([], [held]))

    def red(found):
        images = resefa.edit(made, code, found[0], [0, 0.1])[0].double()
        return float((images[1, 0] - images[0, 0]).mean().abs())

    assert red(steady) < red(plain)
    assert steady.provenance.hold == (held.text, "pixels")


def test_features_that_are_varied():
    made = generator()
    module = ModuleFeatures(MeanOf(1), 1, "green")
    # Pixels outside weigh little: what remains is the largest change of the feature per change of the rest.
    found = resefa.discover(made, made.sample(0), REGION, k=1, vary=[module], hold=["pixels", "luminance@image=0.1"])
    assert found.provenance.vary == ("features:green",) and float(found.inside_rate[0]) > 0


@pytest.mark.parametrize("name", ["toon-attributes"])
def test_smooth_features_are_those_of_the_metric(name):
    extractor = AttributeReader()
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    assert isinstance(extractor, DifferentiableExtractor)
    assert torch.allclose(extractor.smooth_features(images), extractor.features(images), atol=1e-4)
    feature = NetworkFeatures.named(name)
    assert feature.values(images.double()).shape == (2, *feature.shape((3, 32, 32)))


def test_attributes_are_the_calibrated_reading():
    reader = AttributeReader()
    images = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    read = reader.read(images)
    found = Attributes(("mouth", "hair-colour", "pose")).values(images)[0, 0, :, 0]
    assert torch.allclose(found[:5].softmax(0), read.probabilities["mouth"][0], atol=1e-5)
    assert torch.allclose(found[5:8] * 0.05, read.colours["hair-colour"][0], atol=1e-5)
    assert float(found[8] * 0.05) == pytest.approx(float(read.pose[0, 0].log()), abs=1e-5)
    others = Attributes(("mouth",), others=True)
    assert "mouth" not in others.read and len(others.read) == 12 and others.text == "other-attributes:mouth"


def test_a_network_without_derivatives_is_refused():
    with pytest.raises(UsageError, match="some ONNX network cannot be varied or held.*outside torch"):
        vary_hold(hold=[Outside()])
    made = generator()
    rounded = ModuleFeatures(MeanOf(0, rounded=True), 1, "rounded")
    with pytest.raises(GeneratorError, match="features:rounded does not change with the latent code"):
        resefa.discover(made, made.sample(0), REGION, k=1, hold=[rounded])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("toon-faces", "names a generator"),
        ("toon-parts", "names a segmentation network"),
        ("arcface", "outside torch"),
        ("w600k_r50.onnx", "outside torch"),
        ("efficientnet", "Unknown network 'efficientnet'.*did you mean 'efficientnet-lite0'"),
        ("", "needs the name of a network"),
    ],
)
def test_networks_of_another_kind(name, message):
    with pytest.raises(UsageError, match=message):
        vary_hold(hold=f"features:{name}")


def test_a_module_of_another_shape():
    made = generator()
    with pytest.raises(UsageError, match=r"shape \(1, 1\); expected \(1, 3\)"):
        resefa.discover(made, made.sample(0), REGION, k=1, hold=[ModuleFeatures(MeanOf(0), 3, "odd")])
