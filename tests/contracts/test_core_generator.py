"""A class with the eight members of ``Generator`` alone works through every option, or the option is refused in one sentence."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

import resefa
from resefa.comparison.comparison import Comparison
from resefa.comparison.experiment import Experiment
from resefa.comparison.methods import methods_of
from resefa.editing import under_conditions_of
from resefa.errors import GeneratorError, RegionError, ResefaError, ResefaWarning, UsageError
from resefa.generators import as_generator
from resefa.generators.completed import MEMBERS
from resefa.latents import Conditions, LatentSpace
from resefa.methods.registry import METHODS, options_of


class Blobs:
    """Two soft blobs whose sizes and colours follow the code: a generator written by hand, without a base class."""

    name, channels, resolution = "blobs", 3, (12, 16)
    device, dtype = torch.device("cpu"), torch.float64

    def __init__(self) -> None:
        self.spaces = {"Z": LatentSpace("Z", (10,))}
        self.mixing = torch.from_numpy(np.random.RandomState(0).randn(10, 10) / math.sqrt(10))

    def sample(self, seed, space=None):
        seeds = (seed,) if isinstance(seed, int) else tuple(seed)
        values = torch.from_numpy(np.stack([np.random.RandomState(one).randn(10) for one in seeds]))
        return resefa.LatentCode(values, space or "Z", seeds)

    def render(self, values, space):
        features = (values @ self.mixing).tanh()
        rows, columns = torch.meshgrid(
            torch.linspace(-1, 1, 12, dtype=self.dtype), torch.linspace(-1, 1, 16, dtype=self.dtype), indexing="ij"
        )
        image = 0.0
        for i, centre in enumerate((-0.5, 0.5)):
            width = 0.3 + 0.1 * features[:, 5 * i, None, None]
            blob = (-(rows**2 + (columns - centre) ** 2) / width**2).exp()
            colour = 0.5 + 0.4 * features[:, 5 * i + 1 : 5 * i + 4, None, None]
            image = image + colour * blob[:, None]
        return image.tanh() + 0.1 * features[:, 4, None, None, None] * torch.ones_like(image)


REGION = resefa.Region.box(0, 0, 12, 8)
CODE = Blobs().sample(1)


def scores(images):
    return images.mean((1, 2, 3))


def listener(*_):
    pass


# option -> arguments of discover that exercise it; under the method's name where methods differ.
OPTIONS = {
    "space": {"space": "Z"},
    "layers": {"layers": "0-1"},
    "analysis_resolution": {"analysis_resolution": 8},
    "intermediate": {"intermediate": True, "analysis_resolution": 8},
    "objective": {"objective": resefa.discovery.Pixels()},
    "vary": {"vary": "luminance"},
    "hold": {"hold": ["chroma=2"]},
    "memory": {"memory": "1GiB"},
    "stored": {"stored": "float32"},
    "announce": {"announce": listener},
    "progress": {"progress": listener},
    "solver": {"solver": "woodbury"},
    "tau": {"tau": 0.01},
    "tolerance": {"solver": "matrix-free", "tolerance": 0.1},
    "max_products": {"solver": "matrix-free", "max_products": 500},
    "lowrankgan tolerance": {"tolerance": 1e-6},
    "jacobian-svd tolerance": {"tolerance": 0.1},
    "sparsity": {"sparsity": 0.5},
    "relaxation": {"relaxation": 2},
    "iterations": {"iterations": 2000},
    "candidates": {"candidates": 5},
    "ranked": {"ranked": False},
    "floor": {"floor": 0.1},
    "probes": {"probes": 4},
    "normalised": {"normalised": False},
    "samples": {"samples": 50},
    "seed": {"seed": 3},
    "labels": {
        "labels": [i % 2 for i in range(40)],
        "label_codes": Blobs().sample(range(40)),
        "scorer": None,
        "samples": None,
    },
    "label_codes": {
        "labels": [i % 2 for i in range(40)],
        "label_codes": Blobs().sample(range(40)),
        "scorer": None,
        "samples": None,
    },
    "scorer": {"scorer": scores},
    "share": {"share": 0.2},
    "loss": {"loss": "logistic"},
    "penalty": {"penalty": 10.0},
    "weighting": {"weighting": "plain"},
}
NEEDED = {"interfacegan": {"scorer": scores, "samples": 50}, "lowrankgan": {"sparsity": 0.5, "relaxation": 2}}
"""Options without which a method does not start here."""
NOT_HERE = {"sefa": "Z|rows|blobs.*first layer", "ganspace": "Z|rows|blobs.*first layer", "stylespace": "S|layers|rows"}
"""Methods that need weights or a space that a bare class does not have -> a fact in the message."""
NEEDS_CAPABILITY = {"layers": "layers", "intermediate": "12 rows|8 rows|6 rows"}


@pytest.mark.parametrize(
    ("method", "option"), [(method, option) for method in METHODS for option in options_of(method)]
)
def test_every_option_of_every_method(method, option, tmp_path):
    given = {"cache": {"cache": tmp_path}} | OPTIONS
    arguments = NEEDED.get(method, {}) | given.get(f"{method} {option}", given.get(option, {}))
    assert arguments, f"add arguments for {option} to OPTIONS"
    fact = NOT_HERE.get(method) or NEEDS_CAPABILITY.get(option)
    if fact is not None:
        with pytest.raises(ResefaError, match=fact) as refusal:
            resefa.discover(Blobs(), CODE, REGION, k=2, method=method, **arguments)
        assert "\n" not in str(refusal.value)
        return
    found = resefa.discover(Blobs(), CODE, REGION, k=2, method=method, **arguments)
    assert len(found) and found.dimensions == 10 and found.provenance.model == "blobs"


@pytest.fixture(scope="module")
def directions():
    return resefa.discover(Blobs(), Blobs().sample([1, 2]), REGION, k=2)


def test_the_protocol_is_met_by_the_eight_members_alone():
    assert isinstance(Blobs(), resefa.Generator)
    for name in MEMBERS:
        lacking = type("Lacking", (), {key: getattr(Blobs(), key) for key in MEMBERS if key != name})()
        assert not isinstance(lacking, resefa.Generator)
        with pytest.raises(GeneratorError, match=name):
            as_generator(lacking)


def test_directions_are_those_of_the_same_function_wrapped(directions):
    blobs = Blobs()
    with pytest.warns(ResefaWarning, match="output_range"):
        wrapped = resefa.wrap(lambda values: blobs.render(values, "Z"), 10, dtype="float64")
    same = resefa.discover(wrapped, blobs.sample([1, 2]), REGION, k=2)
    assert torch.allclose(directions.eigenvalues, same.eigenvalues, rtol=1e-10)
    assert torch.allclose(directions.vectors.abs(), same.vectors.abs(), atol=1e-5)


def test_edits_and_figures(directions):
    blobs = Blobs()
    raw = resefa.edit(blobs, CODE, directions[0], [0, 2])
    assert torch.allclose(raw[0, 1], blobs.render(CODE.values + 2 * directions.vectors[:1], "Z")[0])
    assert resefa.edit(blobs, None, directions[0], [-1, 1], change=0.001).shape == (2, 2, 3, 12, 16)
    assert resefa.edit(blobs, CODE, list(directions), 1, change=0.01, region="box:2,2,8,8").shape == (1, 1, 3, 12, 16)
    assert (
        resefa.edit(blobs, CODE.values, resefa.Composition([(directions[0], 1.0)], [(directions[1], 0.5)]), 1).ndim == 5
    )
    assert resefa.calibrate(blobs, CODE, directions[0], 0.01).up.attained
    assert resefa.locality(blobs, CODE, directions[0], 0.01).ratio < 0.1
    (sweep,) = resefa.Sweep.each(blobs, CODE, directions[0], [-1, 0, 1], change=0.01)
    assert [measured.strength for measured in sweep.measured] == [-1, 1]
    assert resefa.sheet(sweep).size[0] > 100


def test_files(directions, tmp_path):
    for name in ("d.safetensors", "d.npy"):
        directions.save(tmp_path / name, generator=Blobs())
        again = resefa.Directions.load(tmp_path / name, generator=Blobs())
        assert torch.allclose(again.vectors, directions.vectors)
    with pytest.raises(ResefaError, match=r"W\+"):
        directions.save(tmp_path / "w.npy", format="w+", generator=Blobs())
    CODE.save(tmp_path / "c.safetensors")
    assert torch.equal(resefa.LatentCode.load(tmp_path / "c.safetensors", Blobs()).values, CODE.values)


def test_sums_of_many_images(tmp_path):
    parts = [resefa.RegionGrams.of(Blobs(), Blobs().sample(seed), REGION) for seed in (1, 2)]
    parts[0].save(tmp_path / "part.safetensors")
    total = resefa.RegionGrams.load(tmp_path / "part.safetensors", Blobs(), REGION) + parts[1]
    wanted = resefa.discover(Blobs(), Blobs().sample([1, 2]), REGION, k=2)
    assert torch.allclose(total.directions(k=2).eigenvalues, wanted.eigenvalues, rtol=1e-6)


def test_a_comparison(tmp_path):
    blobs = as_generator(Blobs())
    experiment = Experiment(
        "blobs", blobs.fingerprint, {REGION.text: REGION.text}, methods_of(["resefa", "random", "sefa"]), images=2,
        discovery=2, levels=(0.01,), shown=1,
    )  # fmt: skip
    records = Comparison(Blobs(), experiment, tmp_path).run().records
    assert any(record["kind"] == "edit" and record["attained"] for record in records)
    assert any(record["kind"] == "inapplicable" and record["method"] == "sefa" for record in records)


def test_capabilities_of_the_class_are_used():
    class Conditioned(Blobs):
        presets, batch, linear_spaces, fingerprint = "aligned-ffhq", 2, ("Z",), "f" * 64

        def __init__(self, conditions=Conditions()):  # noqa: B008
            super().__init__()
            self.conditions = conditions

        def under(self, **changes):
            return Conditioned(replace(self.conditions, **changes))

        def first_maps(self, motion):
            return self.mixing.T

    generator = as_generator(Conditioned())
    assert (generator.presets, generator.batch, generator.fingerprint) == ("aligned-ffhq", 2, "f" * 64)
    found = resefa.discover(Conditioned().under(label=3), CODE, REGION, k=1, method="sefa")
    assert found.provenance.label == 3
    assert under_conditions_of(Conditioned(), found[0]).conditions.label == 3


def test_conditions_of_a_class_without_them():
    with pytest.raises(UsageError, match="blobs has no truncation"):
        as_generator(Blobs()).under(truncation=0.5)
    assert as_generator(Blobs()).under(truncation=1.0).explicit_conditions == {"truncation"}


@pytest.mark.parametrize("change", [{"channels": 1}, {"resolution": (16, 12)}])
def test_images_of_another_size_than_stated_are_refused(change):
    generator = Blobs()
    vars(generator).update(change)
    with pytest.raises(GeneratorError, match=r"blobs\.render returned \(., 3, 12, 16\)"):
        resefa.discover(generator, CODE, "box:0,0,6,6")


class Halves:
    """A segmenter that calls the left and the right half of an image by their names."""

    names, fingerprint = ("left", "right"), "halves"

    def __call__(self, images):
        columns = torch.arange(images.shape[-1]) >= images.shape[-1] // 2
        return columns.long().expand(len(images), *images.shape[-2:])


def test_the_segmenter_of_the_class_marks_parts_of_its_images():
    class Segmented(Blobs):
        segmenter = Halves()

    found = resefa.discover(Segmented(), CODE, "part:left", k=1)
    assert torch.equal(found.vectors, resefa.discover(Segmented(), CODE, REGION, k=1).vectors)
    assert torch.isfinite(resefa.edit(Segmented(), None, found[0], 1, change=0.01)).all()
    with pytest.raises(RegionError, match="part:left follows the image, but blobs has no segmenter"):
        resefa.discover(Blobs(), CODE, "part:left")
