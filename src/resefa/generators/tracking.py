"""A region marked on one image, moved to the same part of other images by a correspondence in the generator's feature maps.

The feature vectors of each place are centred over all images and places and have unit length at each resolution. The region moves by the
displacement at which its features are most alike on both images, as a mean over its places and the resolutions.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from resefa.errors import RegionError
from resefa.generators.base import BaseGenerator
from resefa.generators.completed import as_generator
from resefa.generators.feature_maps import feature_maps
from resefa.generators.image_regions import regions_on
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.regions.as_region import RegionLike, as_region
from resefa.regions.region import Region

GRID = 32
"""Side of the grid of places."""
FARTHEST = 0.25
"""Largest displacement of a place, as a fraction of the image."""


@dataclass(frozen=True)
class Shift:
    """The movement of a region from one image to another.

    Attributes:
        rows, columns: displacement of its centre, in fractions of the image.
        likeness: mean cosine between the features of the region on both images.
    """

    rows: float
    columns: float
    likeness: float


def track_region(
    generator: Generator, code: LatentCode, region: RegionLike, *, marked: int = 0
) -> tuple[list[Region], list[Shift]]:
    """A region for each image, from one that is marked on a single image.

    Args:
        code: of all images.
        region: on the image of ``code[marked]``.
        marked: the number of that image.

    Returns:
        The regions as masks of the images' size, for ``resefa.discover(generator, code, regions)``, and how each was moved.

    Raises:
        GeneratorError: the generator has no feature maps.
        RegionError: no such image, or a region that does not fit.
    """
    complete = as_generator(generator)
    if not 0 <= marked < len(code):
        raise RegionError(f"Image {marked} does not exist; choose from 0 to {len(code) - 1}.")
    given = as_region(region, complete.presets, complete.resolution)
    [here] = regions_on(complete, code[marked : marked + 1], given)
    weights = here.weights(*complete.resolution).edit
    descriptors = _descriptors(complete, code)
    inside = F.adaptive_avg_pool2d(weights[None, None].float(), GRID).flatten()
    shifts = [shift_between(descriptors[marked], each, inside) for each in descriptors]
    return [Region.mask(_moved(weights, shift).numpy()) for shift in shifts], shifts


def shift_between(source: Tensor, target: Tensor, inside: Tensor) -> Shift:
    """The movement of a region between two images: the displacement with the greatest mean likeness over the region.

    Args:
        source, target: (GRID * GRID, d) descriptors of places.
        inside: (GRID * GRID,) weights of the region on the source.
    """
    chosen = inside.nonzero().flatten()
    if not len(chosen):
        return Shift(0.0, 0.0, 0.0)
    likeness = (source[chosen] @ target.T).view(len(chosen), GRID, GRID)
    reach = int(FARTHEST * GRID)
    padded = F.pad(likeness, (reach, reach, reach, reach), value=-1.0)
    rows, columns = chosen // GRID, chosen % GRID
    every = torch.arange(len(chosen))
    best = Shift(0.0, 0.0, -torch.inf)
    # From the smallest displacement, so that a region stays where nothing speaks for another place.
    steps = torch.cartesian_prod(*[torch.arange(-reach, reach + 1)] * 2)
    for step in steps[steps.square().sum(1).argsort(stable=True)]:
        down, right = step.tolist()
        here = padded[every, rows + reach + down, columns + reach + right]
        score = float((here * inside[chosen]).sum() / inside[chosen].sum())
        if score > best.likeness + 1e-6:
            best = Shift(down / GRID, right / GRID, score)
    return best


def _descriptors(generator: BaseGenerator, code: LatentCode) -> Tensor:
    """Descriptors of the places of each image, (b, GRID * GRID, d): the inner product averages the cosines at all resolutions."""
    found: list[Tensor] = []
    for maps in feature_maps(generator, code):
        resized = F.interpolate(maps, (GRID, GRID), mode="bilinear", align_corners=False, antialias=True)
        centred = resized - resized.mean((0, 2, 3), keepdim=True)
        found.append(F.normalize(centred / centred.std((0, 2, 3), keepdim=True).clamp_min(1e-6), dim=1))
    return torch.cat(found, 1).flatten(2).transpose(1, 2) / len(found) ** 0.5


def _moved(weights: Tensor, shift: Shift) -> Tensor:
    """Weights (h, w) after the displacement, in float32 within [0, 1]; parts beyond the edge are cut off."""
    height, width = weights.shape
    offset = [[1.0, 0.0, -2 * shift.columns], [0.0, 1.0, -2 * shift.rows]]
    grid = F.affine_grid(torch.tensor([offset], dtype=torch.float64), [1, 1, height, width], align_corners=False)
    return F.grid_sample(weights[None, None].double(), grid, align_corners=False)[0, 0].clamp(0, 1).float()
