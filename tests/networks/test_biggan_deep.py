"""BigGAN-deep against frozen outputs of the published code, and its derivatives."""

from __future__ import annotations

import pytest
import torch
from reference.biggan.weights import frozen
from torch.func import jvp, vjp, vmap

from resefa.checkpoints.families.biggan_deep import biggan_deep_record
from resefa.errors import UsageError
from resefa.networks.biggan_deep import BigGANDeepNetwork


def opened(name):
    state, stored, metadata = frozen("biggan_deep", name)
    record = biggan_deep_record(state, name, metadata["settings"])
    network = BigGANDeepNetwork(record.config).double()
    network.load_state_dict(record.tensors, strict=True)
    return network.requires_grad_(False), stored, metadata


@pytest.fixture(scope="module", params=["published", "irregular"])
def case(request):
    return opened(request.param)


@pytest.fixture(scope="module")
def small():
    return opened("irregular")


def places(network, z, label):
    """One code and label per image, repeated for every place."""
    condition = torch.cat([z, network.embed(label)], dim=1)
    return condition[:, None].expand(-1, network.num_layers, -1)


def test_images_are_the_reference_images_at_each_truncation(case):
    network, stored, _ = case
    for i, truncation in enumerate(stored["truncation"].tolist()):
        one = slice(i, i + 1)
        image = network(places(network, stored["z"][one], stored["label"][one]), truncation)
        assert (image - stored["image"][one]).abs().max() < 1e-12
        assert image.shape[2:] == network.resolution


def test_derivative_by_the_code_is_the_reference_derivative(case):
    network, stored, metadata = case
    label, truncation = stored["label"][1:], stored["truncation"][1].item()
    product = jvp(lambda z: network(places(network, z, label), truncation), (stored["z"][1:],), (stored["tangent"],))[1]
    step = metadata["stride"]
    assert (product[..., ::step, ::step] - stored["product"]).abs().max() < 1e-11


def test_forward_and_reverse_products_agree_in_the_layered_space(small):
    network, stored, _ = small
    torch.manual_seed(0)
    code = places(network, stored["z"], stored["label"]).contiguous()
    v = torch.randn_like(code)
    image, forward = jvp(lambda c: network(c, 0.43), (code,), (v,))
    u = torch.randn_like(image)
    (backward,) = vjp(lambda c: network(c, 0.43), code)[1](u)
    assert abs((forward * u).sum() - (v * backward).sum()) < 1e-10
    # Every place drives the image.
    assert (backward.abs().amax(dim=(0, 2)) > 0).all()


def test_many_tangents_at_once_equal_one_at_a_time(small):
    network, stored, _ = small
    torch.manual_seed(1)
    code = places(network, stored["z"], stored["label"]).contiguous()
    tangents = torch.randn(3, *code.shape, dtype=code.dtype)

    def product(v):
        return jvp(network, (code,), (v,))[1]

    together = vmap(product)(tangents)
    assert (together - torch.stack([product(v) for v in tangents])).abs().max() < 1e-12


def test_an_image_depends_on_its_own_code_only(small):
    network, stored, _ = small
    code = places(network, stored["z"], stored["label"])
    assert (network(code, 0.7) - torch.cat([network(c[None], 0.7) for c in code])).abs().max() < 1e-13


def test_a_place_changes_only_what_follows_it(small):
    network, stored, _ = small
    code = places(network, stored["z"], stored["label"])
    seen = []
    network.layers[1].register_forward_hook(lambda module, inputs, output: seen.append(output))
    other = code.clone()
    other[:, 3:] += 1  # places 0, 1, 2 are the linear layer and the first two blocks
    images = network(code), network(other)
    assert torch.equal(seen[0], seen[1]) and not torch.equal(*images)


@pytest.mark.parametrize("truncation", [0.0, -0.5, 1.01])
def test_truncations_without_statistics_are_refused(small, truncation):
    network, stored, _ = small
    with pytest.raises(UsageError, match="truncation is"):
        network(places(network, stored["z"], stored["label"]), truncation)


def test_single_precision_is_close(small):
    network, stored, _ = small
    wanted = network(places(network, stored["z"], stored["label"]), 0.5)
    single = BigGANDeepNetwork(biggan_deep_record(*small_arguments()).config)
    single.load_state_dict(network.state_dict())
    image = single(places(single, stored["z"].float(), stored["label"].float()), 0.5)
    assert image.dtype == torch.float32
    assert (image - wanted).abs().max() < 2e-6


def small_arguments():
    state, _, metadata = frozen("biggan_deep", "irregular")
    return state, "irregular", metadata["settings"]


def test_sizes_are_stated(case):
    network, _, metadata = case
    blocks = metadata["settings"]["layers"] if metadata["settings"] else [0] * 8
    assert network.num_layers == len(network.layer_resolutions) == len(blocks) + 1
    assert network.layer_resolutions[0] == 4 and network.layer_resolutions[-1] == network.resolution[0]
    assert network.channels == 3
