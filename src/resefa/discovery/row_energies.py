"""Energies of the rows of one image's Jacobian, estimated from a few JVPs and cached for every region."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from resefa.discovery.edited_images import EditedImages
from resefa.discovery.objectives.row_weights import row_energies
from resefa.runtime.session import Session


@dataclass(frozen=True, eq=False)
class _Energies:
    """Row energies, as the cache stores them."""

    values: Tensor

    @property
    def nbytes(self) -> int:
        return self.values.nbytes


def image_energies(image: EditedImages, session: Session) -> Tensor:
    """The ``row_energies`` of the Jacobian of a single image, (m,) float64; its products are taken at the first call."""

    def measured() -> _Energies:
        operator = image.operator(session, session.memory_for("tangents"), strict=session.memory_is_named)
        return _Energies(row_energies(operator))

    found: _Energies = session.cache.kept(f"{image.key().name} row energies", measured)
    return found.values
