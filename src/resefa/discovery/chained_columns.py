"""Columns of the Jacobian of features, from the columns of the pixels' Jacobian by the chain rule: no further JVP of the generator.

With ``x = G(z)`` and features ``phi(x)``, ``d phi(G(z)) / dz = J_phi(x) J(z)``: each column is a JVP of the features alone, in the direction
of a column of J. So one Jacobian of the pixels serves every objective.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from resefa.discovery.edited_images import EditedImages
from resefa.discovery.objectives.objective import Pixels
from resefa.errors import GeneratorError
from resefa.jacobian.dense import ImageJacobian
from resefa.jacobian.operator import JacobianOperator
from resefa.runtime.session import Session


@dataclass(frozen=True, eq=False)
class ChainedColumns:
    """The columns of the features' Jacobian of a single image.

    Attributes:
        pixels: the Jacobian of the image's pixels.
        features: the Jacobian of the features with respect to the pixels, as an operator.
    """

    pixels: ImageJacobian
    features: JacobianOperator

    @property
    def mode(self) -> str:
        """How both Jacobians were computed."""
        return self.pixels.mode

    @property
    def chunk(self) -> int:
        """Columns at a time."""
        return self.features.chunk_for(self.pixels.shape[1])

    @classmethod
    def of(cls, image: EditedImages, pixels: ImageJacobian, session: Session, memory: int) -> ChainedColumns:
        """The columns for an image whose pixels' Jacobian is available.

        Args:
            memory: bytes for the JVPs of the features.
        """
        function, point = replace(image, objective=Pixels()).function()
        with torch.no_grad():
            pixel_values = function(point)
        shape = pixel_values.shape[1:]
        operator = JacobianOperator(
            lambda values: image.objective.features(values.unflatten(1, shape)),
            pixel_values.flatten(1),
            memory=memory,
            strict=False,
        )
        operator.before_chunk = session.check_cancelled
        return cls(pixels, operator)

    def blocks(self, done: int) -> Iterator[tuple[int, Tensor]]:
        """The columns from ``done`` on as blocks of rows (k, m), each with the number of its first column.

        Raises:
            GeneratorError: a derivative of the features is NaN or infinite.
        """
        columns = self.pixels.matrix.T
        for start in range(done, len(columns), self.chunk):
            found = self.features.apply(columns[start : start + self.chunk])
            if not bool(torch.isfinite(found).all()):
                raise GeneratorError(
                    "A derivative of the objective's features is NaN or infinite for this image; try a different seed or different features."
                )
            yield start, found
