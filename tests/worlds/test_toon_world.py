"""Toon heads: the same seed gives the same heads, the drawing follows its formula, and labels are the visible parts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from resefa.errors import UsageError
from resefa.worlds import COLOURS, KINDS, LABELS, Drawing, ToonAttributes, ToonWorld
from resefa.worlds.toon.design import CENTRE, DRAWING, LOOSE, PARTS
from resefa.worlds.toon.parts import toon_layers

SIDE = 256


@pytest.fixture(scope="module")
def world() -> ToonWorld:
    return ToonWorld()


@pytest.fixture(scope="module")
def heads(world: ToonWorld) -> ToonAttributes:
    return world.sample(8, seed=0)


@pytest.fixture(scope="module")
def drawing(world: ToonWorld, heads: ToonAttributes) -> Drawing:
    return world.draw(heads, alphas=True)


def arrays(attributes: ToonAttributes) -> Iterable[np.ndarray]:
    yield from attributes.kinds.values()
    yield from attributes.colours.values()
    yield from attributes.places.values()
    yield attributes.pose
    yield attributes.flip


def digest(attributes: ToonAttributes) -> str:
    return hashlib.sha256(b"".join(array.tobytes() for array in arrays(attributes))).hexdigest()


def reference(attributes: ToonAttributes) -> tuple[torch.Tensor, torch.Tensor]:
    """Images in [-1, 1] and labels by the formula as written: whole layers, resampled about centre and pivot, mirrored at the end."""
    n = len(attributes)
    left, top, side = DRAWING
    out = torch.from_numpy(attributes.colours["background-colour"])[:, :, None, None].expand(-1, -1, SIDE, SIDE).clone()
    labels = torch.zeros(n, SIDE, SIDE, dtype=torch.uint8)
    units = [start + (torch.arange(SIDE) + 0.5) * side / SIDE for start in (left, top)]
    place = torch.stack(torch.meshgrid(*units, indexing="xy"), 2).double()
    for i in range(n):
        mirror = -1.0 if attributes.flip[i] else 1.0
        scale, dx, dy, angle = attributes.pose[i].astype(float)
        angle *= mirror
        shift = torch.tensor([dx * mirror, dy]) * side
        cosine, sine = np.cos(angle), np.sin(angle)
        matrix = torch.tensor([[cosine, sine], [-sine, cosine]]) / scale
        for label, part in enumerate(PARTS, 1):
            name = part.name
            kind = attributes.names(name)[i] if name in KINDS else name
            if kind == "none":
                continue
            source = (place - torch.tensor(CENTRE) - shift) @ matrix.T + torch.tensor(CENTRE)
            if name in LOOSE:
                size, x, y = attributes.places[name][i].astype(float)
                pivot = torch.tensor(part.pivot, dtype=torch.float64)
                source = (source - pivot - torch.tensor([x * mirror, y]) * side) / size + pivot
            layers, k = toon_layers()[name], part.kinds.index(kind)
            colour = torch.from_numpy(attributes.colours[part.colour][i]) if part.colour else torch.zeros(3)
            top_row, left_column, bottom_row, right_column = layers.box
            at = (slice(None), slice(top_row, bottom_row), slice(left_column, right_column))
            whole = torch.zeros(4, SIDE, SIDE)
            whole[at] = layers.base[k]
            whole[:3][at] += layers.tint[k] * colour[:, None, None] * part.shade
            grid = ((source - torch.tensor([left, top])) / side * 2 - 1)[None].float()
            padding = "border" if part.continues else "zeros"
            layer = F.grid_sample(whole[None], grid, align_corners=False, padding_mode=padding)[0]
            out[i] = layer[:3] + (1 - layer[3:]) * out[i]
            labels[i][layer[3] > 0.5] = label
        if attributes.flip[i]:
            out[i], labels[i] = out[i].flip(2), labels[i].flip(1)
    return (out * 2 - 1).clamp(-1, 1), labels


def test_the_same_seed_gives_the_same_bytes_on_every_machine(heads):
    assert digest(heads) == "248117ae1837e1486bade4e8d2db40f2bd4b106f481137cecbd93214ce8832b9"


def test_heads_do_not_depend_on_how_they_are_split_into_calls(world, heads):
    later = world.sample(3, seed=0, first=5)
    assert digest(later) == digest(heads[5:])
    assert digest(world.sample(3, seed=1, first=5)) != digest(later)


def test_a_head_has_the_same_pixels_whichever_heads_are_drawn_with_it(world, heads, drawing):
    alone = world.draw(heads[2:3])
    assert torch.equal(alone.images[0], drawing.images[2]) and torch.equal(alone.labels[0], drawing.labels[2])


def test_pictures_and_labels_follow_the_formula(heads, drawing):
    assert heads.flip.any() and not heads.flip.all()
    images, labels = reference(heads)
    assert (images - drawing.images).abs().max() < 2e-4
    # The alpha of a pixel on a border may lie on either side of one half after rounding.
    assert (labels != drawing.labels).float().mean() < 1e-5


def test_large_moves_leave_no_pixel_out(world, heads):
    """Windows are boxes around the moved layers: a part enlarged, turned and moved beyond the picture is drawn whole."""
    heads = heads[:4]
    strange = ToonAttributes(
        heads.kinds,
        heads.colours,
        np.array([[1.7, 0.3, -0.4, 0.8], [0.3, -0.2, 0.1, -2.0]] * 2, np.float32),
        {name: place * np.float32(1.5) for name, place in heads.places.items()},
        heads.flip,
    )
    images, labels = reference(strange)
    found = world.draw(strange)
    assert (images - found.images).abs().max() < 2e-4
    assert (labels != found.labels).float().mean() < 1e-5


def test_groups_of_heads_are_drawn_as_single_heads_are(world, heads, drawing, monkeypatch):
    """On an accelerator heads are drawn in groups, with windows that hold all of them."""
    monkeypatch.setattr("resefa.worlds.toon.world._ON_CPU", 3)
    grouped = world.draw(heads, alphas=True)
    assert (grouped.images - drawing.images).abs().max() < 2e-4
    assert (grouped.alphas - drawing.alphas).abs().max() < 2e-4
    assert (grouped.labels != drawing.labels).float().mean() < 1e-5


def test_labels_are_the_last_part_that_a_pixel_shows(drawing):
    shown = drawing.alphas > 0.5
    last = (shown * torch.arange(len(LABELS))[None, :, None, None]).amax(1)
    assert torch.equal(last.to(torch.uint8), drawing.labels)
    assert bool((drawing.alphas[:, 0] == 1).all())


def test_absent_parts_have_no_pixel(world, heads):
    bare = heads
    for part in ("hair", "rear-hair", "beard", "glasses"):
        bare = bare.with_kind(part, "none")
    drawing = world.draw(bare, alphas=True)
    for part in ("hair", "rear-hair", "beard", "glasses"):
        label = LABELS.index(part)
        assert not (drawing.labels == label).any() and not drawing.alphas[:, label].any()
    assert (drawing.labels == LABELS.index("head")).any()


def test_another_kind_changes_the_part_alone(world, heads, drawing):
    mouth = LABELS.index("mouth")
    for kind in KINDS["mouth"]:
        changed = world.draw(heads.with_kind("mouth", kind), alphas=True)
        either = (changed.alphas[:, mouth] > 0) | (drawing.alphas[:, mouth] > 0)
        differs = (changed.images - drawing.images).abs().amax(1) > 1e-6
        assert not (differs & ~either).any()


@pytest.mark.parametrize("size", [128, 16])
def test_smaller_pictures_are_area_averages(heads, drawing, size):
    small = ToonWorld(size).draw(heads, alphas=True)
    factor = SIDE // size
    assert torch.allclose(small.images, F.avg_pool2d(drawing.images, factor), atol=1e-5)
    areas = torch.stack([(drawing.labels == label).float() for label in range(len(LABELS))], 1)
    areas = F.avg_pool2d(areas, factor)
    chosen = areas.gather(1, small.labels[:, None].long())[:, 0]
    assert torch.equal(chosen, areas.amax(1))
    assert small.alphas.shape == (8, len(LABELS), size, size)


def test_attributes_follow_the_design(world):
    many = world.sample(4000, seed=3)
    for part in PARTS:
        if part.absent:
            assert abs((many.kinds[part.name] == 0).mean() - part.absent) < 0.03
    for name, classes in KINDS.items():
        present = many.kinds[name][many.kinds[name] >= (classes[0] == "none")]
        counts = np.bincount(present)[-len([c for c in classes if c != "none"]) :]
        assert counts.min() > 0.8 * counts.mean() and many.kinds[name].max() == len(classes) - 1
    for name in COLOURS:
        assert many.colours[name].min() >= 0 and many.colours[name].max() <= 1
    assert np.abs(np.log(many.pose[:, 0])).max() <= 0.09 + 1e-6
    assert 0.95 * 26 / 560 < np.abs(many.pose[:, 1]).max() <= 26 / 560 + 1e-6
    assert 0.95 * 0.12 < np.abs(many.pose[:, 3]).max() <= 0.12 + 1e-6
    assert abs(many.flip.mean() - 0.5) < 0.03


def test_columns_hold_every_attribute(heads):
    columns = heads.columns()
    assert all(len(values) == 8 for values in columns.values())
    assert columns["mouth"] == heads.names("mouth") and set(columns["mouth"]) <= set(KINDS["mouth"])
    assert np.float32(columns["skin-colour-green"][3]) == heads.colours["skin-colour"][3, 1]
    assert np.float32(columns["eyes-shift-y"][1]) == heads.places["eyes"][1, 2]
    numbers = sum(array[0].size for array in arrays(heads))
    assert len(columns) == numbers


def test_no_head_is_an_empty_drawing(world):
    empty = world.draw(world.sample(0, seed=0), alphas=True)
    assert empty.images.shape == (0, 3, SIDE, SIDE) and empty.labels.shape == (0, SIDE, SIDE)
    assert empty.alphas.shape == (0, len(LABELS), SIDE, SIDE)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ToonWorld(100), ("size", "100", "128")),
        (lambda: ToonWorld().sample(-1, 0), ("n", "-1")),
        (lambda: ToonWorld().sample(1, 2**64), ("seed", str(2**64))),
        (lambda: ToonWorld().sample(1, 0.5), ("seed", "0.5")),
        (lambda: ToonWorld().sample(1, True), ("seed", "True")),
        (lambda: ToonWorld().sample(1, 0, first=-2), ("first", "-2")),
        (lambda: ToonWorld().sample(1, 0).with_kind("nose", "big"), ("part", "nose", "mouth")),
        (lambda: ToonWorld().sample(1, 0).with_kind("mouth", "none"), ("mouth", "none", "smile")),
    ],
)
def test_invalid_arguments_are_named(call, words):
    with pytest.raises(UsageError) as error:
        call()
    assert all(word in str(error.value) for word in words)


@pytest.mark.parametrize("flip", [False, True])
def test_poses_and_places_are_as_the_picture_shows_them(world, heads, flip):
    """Shifts are to the right and down and angles clockwise, in mirrored heads too."""
    label = LABELS.index("mouth")

    def centre(pose=(1, 0, 0, 0), place=(1, 0, 0)) -> np.ndarray:
        mouth = {**heads.places, "mouth": np.array([place], np.float32)}
        chosen = ToonAttributes(
            {name: kind[:1] for name, kind in heads.with_kind("mouth", "agape").kinds.items()},
            {name: colour[:1] for name, colour in heads.colours.items()},
            np.array([pose], np.float32),
            {name: values[:1] for name, values in mouth.items()},
            np.array([flip]),
        )
        mask = world.draw(chosen, alphas=True).alphas[0, label]
        pixels = torch.arange(SIDE) + 0.5
        return np.array([(mask.sum(0) * pixels).sum() / mask.sum(), (mask.sum(1) * pixels).sum() / mask.sum()]) / SIDE

    at = centre()
    assert np.allclose(centre(pose=(1, 0.1, -0.05, 0)) - at, (0.1, -0.05), atol=1e-3)
    assert np.allclose(centre(place=(1, -0.03, 0.02)) - at, (-0.03, 0.02), atol=1e-3)
    turned = centre(pose=(1, 0, 0, 0.3)) - at
    # The mouth lies below the centre: a clockwise turn moves it to the left.
    assert turned[0] < -0.03 and abs(turned[1]) < 0.01
    assert centre(pose=(1.2, 0, 0, 0))[1] > at[1]
