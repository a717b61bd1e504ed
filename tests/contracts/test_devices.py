"""Every device gives the images, Jacobians and directions of the CPU. Names each device that this machine lacks."""

from __future__ import annotations

import pytest
import torch
from reference.devices import DEVICES, PRESENT, finest_dtype, tolerance
from reference.problems import jacobian_operator
from reference.small import FAMILIES, small_generator

import resefa


@pytest.fixture(params=[name for name in DEVICES if name != "cpu"])
def other_device(request):
    if request.param not in PRESENT:
        pytest.skip(f"this machine has no {request.param} device: the contract suites did not run on {request.param}")
    if request.config.getoption("--device") not in (None, request.param):
        pytest.skip("another device was chosen with --device")
    return request.param


@pytest.mark.parametrize("family", FAMILIES)
def test_a_device_gives_what_the_cpu_gives(other_device, family, region):
    dtype = str(finest_dtype(other_device)).removeprefix("torch.")
    here, there = small_generator(family, dtype), small_generator(family, dtype, other_device)
    code = here.sample([0, 1])
    images = here.synthesize(code)
    assert (there.synthesize(code).cpu() - images).abs().max() <= tolerance(other_device, 1e-9) * images.abs().max()
    vectors = torch.randn(3, code.values.shape[1], generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    products, others = (jacobian_operator(each, code[0]).apply(vectors).cpu() for each in (here, there))
    assert (products - others).norm() <= tolerance(other_device, 1e-9) * products.norm()
    found, other = (resefa.discover(each, each.sample([0, 1]), region, k=2) for each in (here, there))
    assert torch.allclose(other.eigenvalues, found.eigenvalues, rtol=tolerance(other_device, 1e-5))
    assert other.vectors.device.type == "cpu"


def test_fewer_images_at_a_time_where_the_memory_of_a_gpu_runs_out():
    if "cuda" not in PRESENT:
        pytest.skip("this machine has no cuda device")
    generator = small_generator("stylegan2", "float64", "cuda")
    codes = generator.sample(range(4000))
    wanted = generator.synthesize(codes[:2])
    torch.cuda.empty_cache()
    image = wanted[0].numel() * wanted.itemsize
    # Room for the images themselves, twice (in blocks, then joined), and for the feature maps of a few hundred.
    limit = torch.cuda.memory_allocated() + (2 * len(codes) + 6000) * image
    ran_out = torch.cuda.memory_stats()["num_ooms"]
    torch.cuda.set_per_process_memory_fraction(limit / torch.cuda.get_device_properties(0).total_memory)
    try:
        images = generator.synthesize(codes, batch=len(codes))
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert torch.cuda.memory_stats()["num_ooms"] > ran_out
    assert len(images) == len(codes) and torch.allclose(images[:2], wanted, atol=1e-9)
