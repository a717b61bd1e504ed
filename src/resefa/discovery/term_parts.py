"""The weights of an objective's terms on the features of each image: regions of terms are resolved, and traces estimated, per image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from torch import Tensor

from resefa.discovery.edited_images import EditedImages
from resefa.discovery.image_jacobian import image_jacobian
from resefa.discovery.objectives.objective import Pixels
from resefa.discovery.objectives.row_weights import Places, needs_energies, row_energies, row_weights
from resefa.discovery.objectives.vary_hold import VaryHold
from resefa.generators.base import BaseGenerator
from resefa.generators.image_regions import check_region, regions_on
from resefa.regions.as_region import as_region
from resefa.regions.region import Region
from resefa.regions.weights import RegionWeights
from resefa.runtime.session import Session


@dataclass(frozen=True, eq=False)
class TermParts:
    """The terms of an objective with their regions.

    Attributes:
        generator: of the whole images, on which regions are marked.
        objective: the terms.
        regions: text of a term's region -> region.
    """

    generator: BaseGenerator
    objective: VaryHold
    regions: Mapping[str, Region]

    @classmethod
    def of(cls, generator: BaseGenerator, objective: VaryHold) -> TermParts:
        """Read the regions of the terms, before any image is made.

        Raises:
            RegionError: a region cannot be read, or does not fit the generator's images.
        """
        regions = {text: as_region(text, generator.presets) for text in objective.regions}
        for region in regions.values():
            check_region(generator, region)
        return cls(generator, objective, regions)

    def on(
        self, images: EditedImages, regions: Iterator[RegionWeights], session: Session
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """For each image the weights of wanted and of unwanted change on its features.

        Args:
            regions: weights of the edited region for each image, at the images' analysis size.

        Raises:
            RegionError: a term has no pixel on an image; GeneratorError: a network's features do not change.
        """
        size = images.size
        rasterised = lru_cache(max(1, len(self.regions)))(
            lambda region: region.weights(*self.generator.resolution).resized(*size).edit
        )
        named: dict[str, Sequence[Region]] = {
            text: regions_on(self.generator, images.code, region) for text, region in self.regions.items()
        }
        for i, (image, region) in enumerate(zip(images, regions, strict=True)):
            places = Places(region, {text: rasterised(each[i]) for text, each in named.items()})
            energies = image_energies(image, session) if needs_energies(self.objective) else None
            yield row_weights(self.objective, (self.generator.channels, *size), places, energies)


@dataclass(frozen=True, eq=False)
class _Energies:
    """Row energies, as the cache stores them."""

    values: Tensor

    @property
    def nbytes(self) -> int:
        return self.values.nbytes


def image_energies(image: EditedImages, session: Session) -> Tensor:
    """The ``row_energies`` of the Jacobian of a single image, (m,) float64, from its columns if those of the pixels are cached, else JVPs."""

    def measured() -> _Energies:
        stored = session.stored or image.generator.dtype
        if session.cache.has(replace(image, objective=Pixels()).key(stored)):
            return _Energies(row_energies(image_jacobian(image, session)))
        operator = image.operator(session, session.memory_for("tangents"), strict=session.memory_is_named)
        return _Energies(row_energies(operator))

    found: _Energies = session.cache.kept(f"{image.key().name} row energies", measured)
    return found.values
