"""What holds for every region: set algebra, weights in range, text that reads back, and independence of resolution."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from resefa.area_average import area_average_weights
from resefa.errors import RegionError
from resefa.regions.image_parts import ImageParts, PartGroup
from resefa.regions.region import Region
from resefa.regions.weights import RegionWeights

HEIGHT, WIDTH = 16, 24


@st.composite
def frames(draw: st.DrawFn, height: float = HEIGHT, width: float = WIDTH) -> tuple[float, float, float, float]:
    """Top, left, height, width of a box inside the image, at least a pixel or a tenth of the image each way."""
    least = 1.0 if height > 1 else 0.1
    top = draw(st.floats(0, height - 2 * least))
    left = draw(st.floats(0, width - 2 * least))
    return top, left, draw(st.floats(least, height - top)), draw(st.floats(least, width - left))


@st.composite
def polygons(draw: st.DrawFn) -> list[tuple[float, float]]:
    """Three to seven points inside the image, two of them its corners, in any order: also such that cross themselves."""
    points = draw(st.lists(st.tuples(st.floats(0, HEIGHT), st.floats(0, WIDTH)), min_size=1, max_size=5))
    return draw(st.permutations([(0.0, 0.0), (float(HEIGHT), float(WIDTH)), *points]))


fractions = frames(1.0, 1.0)
shapes = st.one_of(
    frames().map(lambda frame: Region.box(*frame)),
    fractions.map(lambda frame: Region.box(*frame, unit="fraction")),
    frames().map(lambda frame: Region.ellipse(*frame)),
    fractions.map(lambda frame: Region.ellipse(*frame, unit="fraction")),
    polygons().map(Region.polygon),
    st.tuples(polygons(), st.floats(0.3, 9)).map(lambda drawn: Region.stroke(*drawn)),
    st.sampled_from(["mouth", "left-eye", "hair", "background"]).map(lambda name: Region.preset(name, "faces-dcgan")),
)


@st.composite
def regions(draw: st.DrawFn, depth: int = 3) -> Region:
    """Shapes and what the algebra makes of them, nested up to three deep."""
    kind = draw(st.sampled_from(["shape", "|", "&", "-", "~", "pixel", "fraction"])) if depth else "shape"
    if kind == "shape":
        return draw(shapes)
    first = draw(regions(depth - 1))
    if kind == "~":
        return ~first
    if kind == "pixel":
        return first.feather(draw(st.floats(0.3, 20)))
    if kind == "fraction":
        return first.feather(draw(st.floats(0.01, 1)), unit="fraction")
    second = draw(regions(depth - 1))
    return first | second if kind == "|" else first & second if kind == "&" else first - second


def edit(region: Region, height: int = HEIGHT, width: int = WIDTH) -> Tensor:
    """The edit weights without the checks of ``weights``, which refuses empty and full regions."""
    return region.edited.raster(height, width)


def assert_same(first: Tensor, second: Tensor) -> None:
    """Equal up to the last bit of ``1 - (1 - a)``."""
    torch.testing.assert_close(first, second, rtol=0, atol=1e-15)


@settings(max_examples=40, deadline=None)
@given(regions(), regions())
def test_de_morgan(a: Region, b: Region) -> None:
    assert_same(edit(~(a | b)), edit(~a & ~b))
    assert_same(edit(~(a & b)), edit(~a | ~b))


@settings(max_examples=40, deadline=None)
@given(regions(), regions(), regions())
def test_set_algebra(a: Region, b: Region, c: Region) -> None:
    for combined in (a | a, a & a, ~~a, a | (a & b), a & (a | b)):
        assert torch.equal(edit(combined), edit(a))
    assert torch.equal(edit(a | b), edit(b | a))
    assert torch.equal(edit(a & b), edit(b & a))
    assert_same(edit(a - b), edit(a & ~b))
    assert_same(edit(a - b - c), edit(a - (b | c)))
    assert (a | b) | c == a | (b | c)
    assert (a & b) & c == a & (b & c)


@settings(max_examples=60, deadline=None)
@given(regions())
def test_weights_are_finite_and_in_range(region: Region) -> None:
    values = edit(region)
    assert values.dtype == torch.float64
    assert values.shape == (HEIGHT, WIDTH)
    assert bool(((values >= 0) & (values <= 1)).all())


@settings(max_examples=60, deadline=None)
@given(regions(), regions(), regions())
def test_edit_protect_and_ignored_share_every_pixel(region: Region, background: Region, ignored: Region) -> None:
    for variant in (region, region.protecting(background), region.protecting(background).ignoring(ignored)):
        try:
            weights = variant.weights(HEIGHT, WIDTH)
        except RegionError:
            continue  # empty or full
        assert bool((weights.edit + weights.protect <= 1).all())
        assert bool((weights.protect >= 0).all())
        assert torch.equal(weights.edit, edit(region))
        assert weights.edit_pixels > 0
        assert weights.protect_pixels > 0
        if variant.protected is not None:
            assert bool((weights.protect <= edit(background)).all())


@settings(max_examples=150, deadline=None)
@given(regions())
def test_text_reads_back_to_an_equal_region(region: Region) -> None:
    again = Region.parse(region.text)
    assert again == region
    assert hash(again) == hash(region)
    assert again.text == region.text


PARTS = ("ground", "mouth", "left-eye", "hat")
Recipe = tuple


@st.composite
def recipes(draw: st.DrawFn, depth: int = 3) -> Recipe:
    """An operation with its operands and numbers; a leaf is the name of a part of the image."""
    kind = draw(st.sampled_from(["part", "|", "&", "-", "~", "feather", "grow"])) if depth else "part"
    if kind == "part":
        return kind, draw(st.sampled_from(PARTS))
    first = draw(recipes(depth - 1))
    if kind in ("feather", "grow"):
        return kind, first, draw(st.floats(0.3, 9))
    return (kind, first) if kind == "~" else (kind, first, draw(st.one_of(recipes(depth - 1), regions(1))))


def made(recipe: Recipe | Region, part: Callable[[str], Region]) -> Region:
    """The region of a recipe, with ``part`` for each name."""
    if isinstance(recipe, Region):
        return recipe
    kind, first, *rest = recipe
    if kind == "part":
        return part(first)
    region = made(first, part)
    if kind == "~":
        return ~region
    if kind in ("feather", "grow"):
        return getattr(region, kind)(*rest)
    second = made(rest[0], part)
    return region | second if kind == "|" else region & second if kind == "&" else region - second


@settings(max_examples=100, deadline=None)
@given(recipes())
def test_regions_with_parts_read_back_and_need_an_image(recipe: Recipe) -> None:
    region = made(recipe, Region.part)
    assert Region.parse(region.text) == region and hash(Region.parse(region.text)) == hash(region)
    assert region.follows_image and not Region.preset("ffhq:mouth").follows_image
    with pytest.raises(RegionError, match="follows the image"):
        region.weights(HEIGHT, WIDTH)


@settings(max_examples=60, deadline=None)
@given(recipes(), st.integers(0, 2**31))
def test_a_region_on_an_image_is_the_region_of_its_masks(recipe: Recipe, seed: int) -> None:
    labels = torch.randint(0, len(PARTS), (HEIGHT, WIDTH), generator=torch.Generator().manual_seed(seed)).numpy()
    parts = ImageParts(labels, {name: PartGroup((name,)) for name in PARTS}, PARTS, "the image")
    region = made(recipe, Region.part)
    found, masks = region.edited.on(parts), made(recipe, lambda name: Region.mask(parts.mask(name)))
    assert not found.part_names and found.text == region.text
    assert torch.equal(found.raster(HEIGHT, WIDTH), edit(masks))


@settings(max_examples=60, deadline=None)
@given(regions(), st.floats(0.01, 6), st.floats(0.01, 6))
def test_growth_contains_the_region_and_grows_with_the_distance(region: Region, near: float, more: float) -> None:
    grown = edit(region.grow(near))
    assert bool(
        (grown >= edit(region)).all() and (edit(region.grow(near + more)) >= grown).all() and (grown <= 1).all()
    )


@given(st.integers(2, 6), st.floats(0.1, 4))
def test_growth_of_a_half_plane_moves_its_edge_by_the_distance(rows: int, distance: float) -> None:
    grown = edit(Region.box(0, 0, rows, WIDTH).grow(distance))
    assert grown[:, 0].sum().item() == pytest.approx(rows + distance)
    fraction = edit(Region.box(0, 0, rows, WIDTH).grow(distance / HEIGHT, unit="fraction"))
    torch.testing.assert_close(fraction, grown, rtol=0, atol=1e-12)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="mouth+&!()~^#-%:;,.'\"/ 3box\u00e9", max_size=24))
def test_any_text_is_a_region_or_one_sentence(text: str) -> None:
    try:
        Region.parse(text, "faces-dcgan")
    except RegionError as error:
        assert "\n" not in str(error)
        assert str(error).endswith(".")


@given(frames(), st.integers(HEIGHT, 40), st.integers(WIDTH, 40))
def test_a_box_covers_height_times_width(frame: tuple[float, float, float, float], height: int, width: int) -> None:
    box = Region.box(*frame)
    assert edit(box, height, width).sum().item() == pytest.approx(frame[2] * frame[3], rel=1e-9)


@given(frames(1.0, 1.0), st.integers(1, 12), st.integers(1, 12), st.sampled_from([2, 3, 4]))
def test_a_box_is_the_same_at_any_resolution(
    frame: tuple[float, float, float, float], height: int, width: int, factor: int
) -> None:
    box = Region.box(*frame, unit="fraction")
    fine = area_average_weights(edit(box, height * factor, width * factor), height, width)
    torch.testing.assert_close(fine, edit(box, height, width), rtol=0, atol=1e-12)


@settings(deadline=None)
@given(st.one_of(frames(1.0, 1.0), st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=6)))
def test_ellipses_and_polygons_are_nearly_the_same_at_any_resolution(shape: tuple | list) -> None:
    if isinstance(shape, tuple):
        region = Region.ellipse(*shape, unit="fraction")
    else:
        region = Region.polygon(shape, unit="fraction")
    fine = area_average_weights(edit(region, 64, 64), 16, 16)
    # Two of a pixel's 32 scan lines may fall on the other side of an edge, for each of up to six edges.
    torch.testing.assert_close(fine, edit(region, 16, 16), rtol=0, atol=6 * 2 / 32)
    assert (fine - edit(region, 16, 16)).abs().mean() < 0.02


weight_grids = st.tuples(st.integers(1, 20), st.integers(1, 20), st.integers(0, 2**31)).map(
    lambda size: torch.rand(size[0], size[1], dtype=torch.float64, generator=torch.Generator().manual_seed(size[2]))
)


@settings(deadline=None)
@given(weight_grids, st.integers(1, 30), st.integers(1, 30))
def test_resizing_keeps_means_and_range(values: Tensor, height: int, width: int) -> None:
    weights = RegionWeights(values, (1 - values) / 2).resized(height, width)
    assert (weights.height, weights.width) == (height, width)
    assert weights.edit.mean().item() == pytest.approx(values.mean().item(), abs=1e-12)
    assert weights.protect.mean().item() == pytest.approx((1 - values).mean().item() / 2, abs=1e-12)
    assert bool((weights.edit + weights.protect <= 1).all())
    assert values.min() - 1e-12 <= weights.edit.min() <= weights.edit.max() <= values.max() + 1e-12


@given(weight_grids, st.integers(1, 9), st.integers(1, 9))
def test_resizing_by_whole_ratios(values: Tensor, down: int, across: int) -> None:
    height, width = values.shape
    repeated = values.repeat_interleave(down, 0).repeat_interleave(across, 1)
    torch.testing.assert_close(
        area_average_weights(values, height * down, width * across), repeated, rtol=0, atol=1e-12
    )
    torch.testing.assert_close(area_average_weights(repeated, height, width), values, rtol=0, atol=1e-12)


@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 50), st.integers(1, 50))
def test_resizing_keeps_ones_and_zeros_exact(h: int, w: int, height: int, width: int) -> None:
    assert bool((area_average_weights(torch.ones(h, w), height, width) == 1).all())
    assert bool((area_average_weights(torch.zeros(h, w), height, width) == 0).all())
