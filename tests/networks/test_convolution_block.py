"""Batch normalisation merged into convolutions leaves the network's output unchanged."""

from __future__ import annotations

import torch

from resefa.networks.attribute_reader import AttributeReaderNetwork
from resefa.networks.convolution_block import ConvolutionBlock, folded_state
from resefa.networks.part_segmenter import PartSegmenterNetwork


def trained_like(network: torch.nn.Module) -> torch.nn.Module:
    """The network with moments and scales that differ from the initial ones."""
    generator = torch.Generator().manual_seed(0)
    for block in network.modules():
        if isinstance(block, ConvolutionBlock):
            for value in (
                block.norm.weight.data,
                block.norm.bias.data,
                block.norm.running_mean,
                block.norm.running_var,
            ):
                value.copy_(0.5 + torch.rand(value.shape, generator=generator))
    return network.eval()


def images():
    return torch.randn(2, 3, 128, 128, generator=torch.Generator().manual_seed(1))


def test_the_folded_segmenter_is_the_trained_one():
    trained = trained_like(PartSegmenterNetwork(5, normalized=True))
    shipped = PartSegmenterNetwork(5)
    shipped.load_state_dict(folded_state(trained))
    expected = trained(images()).detach()
    assert expected.shape == (2, 5, 256, 256)
    assert torch.allclose(shipped(images()), expected, rtol=1e-4, atol=1e-4 * float(expected.abs().max()))


def test_the_folded_reader_is_the_trained_one():
    classes = {"mouth": 3, "hair": 2}
    trained = trained_like(AttributeReaderNetwork(classes, 2, normalized=True))
    shipped = AttributeReaderNetwork(classes, 2).eval()
    shipped.load_state_dict(folded_state(trained))
    expected, found = trained(images()), shipped(images())
    assert found.visible.shape == (2, 4) and found.colours.shape == (2, 2, 3) and found.pose.shape == (2, 4)
    for a, b in ((expected.kinds["mouth"], found.kinds["mouth"]), *zip(expected[1:], found[1:], strict=True)):
        assert torch.allclose(a, b, rtol=1e-4, atol=1e-4 * float(a.abs().max()))


def test_colours_come_from_the_pixels():
    """Without a correction a colour is a weighted mean of the pixels, so a plain image has its colour."""
    network = AttributeReaderNetwork({"mouth": 3}, 2).eval()
    torch.nn.init.zeros_(network.correction.weight)
    torch.nn.init.zeros_(network.correction.bias)
    colour = torch.tensor([0.2, 0.5, 0.9])
    found = network((2 * colour - 1)[None, :, None, None].expand(1, 3, 128, 128))
    assert torch.allclose(found.colours, colour.expand(1, 2, 3), atol=1e-5)
