"""BigGAN against frozen outputs of the published code, and its derivatives."""

from __future__ import annotations

import pytest
import torch
from reference.biggan.weights import frozen
from torch.func import jvp, vjp, vmap

from resefa.checkpoints.families.biggan import biggan_record
from resefa.networks.biggan import BigGANNetwork

CASES = ["chunks_64", "flat_32", "unshared_32", "standing_32", "plain_32"]


def opened(name):
    state, stored, metadata = frozen("biggan", name)
    settings = {key: value for key, value in metadata["settings"].items() if key == "BN_eps"}
    record = biggan_record(state, name, settings)
    network = BigGANNetwork(record.config).double()
    network.load_state_dict(record.tensors, strict=True)
    return network.requires_grad_(False), stored, metadata


@pytest.fixture(scope="module", params=CASES)
def case(request):
    return opened(request.param)


@pytest.fixture(scope="module")
def chunked():
    return opened("chunks_64")


def test_images_are_the_reference_images(case):
    network, stored, _ = case
    image = network(stored["z"], network.embed(stored["label"]))
    assert (image - stored["image"]).abs().max() < 1e-12
    assert image.shape[2:] == network.resolution


def test_derivative_by_the_code_is_the_reference_derivative(case):
    network, stored, metadata = case
    classes = network.embed(stored["label"][1:])
    product = jvp(lambda z: network(z, classes), (stored["z"][1:],), (stored["tangent"],))[1]
    step = metadata["stride"]
    assert (product[..., ::step, ::step] - stored["product"]).abs().max() < 1e-11 * product.abs().max().clamp_min(1)


def test_forward_and_reverse_products_agree_for_code_and_class(chunked):
    network, stored, _ = chunked
    torch.manual_seed(0)
    point = (stored["z"], network.embed(stored["label"]))
    v = tuple(torch.randn_like(p) for p in point)
    image, forward = jvp(network, point, v)
    u = torch.randn_like(image)
    backward = vjp(network, *point)[1](u)
    assert abs((forward * u).sum() - sum((a * b).sum() for a, b in zip(v, backward, strict=True))) < 1e-10


def test_many_tangents_at_once_equal_one_at_a_time(chunked):
    network, stored, _ = chunked
    torch.manual_seed(1)
    classes = network.embed(stored["label"])
    tangents = torch.randn(3, *stored["z"].shape, dtype=torch.float64)

    def product(v):
        return jvp(lambda z: network(z, classes), (stored["z"],), (v,))[1]

    together = vmap(product)(tangents)
    assert (together - torch.stack([product(v) for v in tangents])).abs().max() < 1e-12


def test_an_image_depends_on_its_own_code_only(chunked):
    network, stored, _ = chunked
    z, classes = stored["z"], network.embed(stored["label"])
    single = torch.cat([network(z[i : i + 1], classes[i : i + 1]) for i in range(2)])
    assert (network(z, classes) - single).abs().max() < 1e-13


def test_one_class_vector_per_place_and_one_for_all_agree(chunked):
    network, stored, _ = chunked
    z, classes = stored["z"], network.embed(stored["label"])
    layered = classes[:, None].expand(-1, network.num_layers, -1).clone()
    image = network(z, classes)
    assert torch.equal(network(z, layered), image)
    layered[:, -1] += 1
    assert not torch.equal(network(z, layered), image)


def test_chunks_cover_the_code_in_order(case):
    network, stored, metadata = case
    z = stored["z"]
    assert torch.equal(torch.cat([z[:, chunk] for chunk in network.chunks], dim=1), z)
    assert len(network.chunks) == network.num_layers == len(network.layer_resolutions)
    empty = [z[:, chunk].shape[1] == 0 for chunk in network.chunks]
    assert empty == [False, *[not metadata["settings"]["hier"]] * (network.num_layers - 1)]


def test_a_chunk_drives_its_own_block_and_what_follows(chunked):
    network, stored, _ = chunked
    classes, z = network.embed(stored["label"]), stored["z"]
    seen = []
    network.blocks[1].register_forward_hook(lambda module, inputs, output: seen.append(output))
    other = z.clone()
    other[:, network.chunks[3]] += 1
    images = network(z, classes), network(other, classes)
    assert torch.equal(seen[0], seen[1]) and not torch.equal(*images)
