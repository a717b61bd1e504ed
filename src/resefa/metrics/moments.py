"""Moments of features: count, sum and sum of outer products, which determine mean and covariance and can be added.

Use one accumulator per worker or shard; ``a + b`` equals one accumulator of all their features. float64 throughout, so the order
of the batches changes no figure beyond rounding (a few 1e-16 of the largest second moment).
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from resefa.errors import MetricError, printable
from resefa.files import tensor_file
from resefa.files.input_file import opened_input
from resefa.files.output_file import write_bytes

FORMAT = tensor_file.Format("resefa.moments", 1, "moments of features")
LARGEST_FILE = 2**31
_TENSORS = ("count", "total", "products")


class FeatureMoments:
    """Moments of feature vectors of ``dimensions`` values.

    Args:
        dimensions: values per feature vector, d.
        source: extractor and fingerprint, from ``source_of(extractor)``. Moments of different sources are neither merged nor
            compared.

    Attributes:
        count: number of vectors.
        total: (d,) their sum, float64.
        products: (d, d) sum of x x^T, float64.
    """

    def __init__(self, dimensions: int, source: str = "") -> None:
        if dimensions < 1:
            raise MetricError(f"dimensions={dimensions} is not possible; give at least 1.")
        self.source = source
        self.count = 0
        self.total = torch.zeros(dimensions, dtype=torch.float64)
        self.products = torch.zeros(dimensions, dimensions, dtype=torch.float64)

    @property
    def dimensions(self) -> int:
        """The number of values in a feature vector."""
        return len(self.total)

    def update(self, features: Tensor) -> FeatureMoments:
        """Add features (b, d) of any floating-point type, and return self.

        Raises:
            MetricError: a different number of dimensions, or a value that is not finite.
        """
        if features.ndim != 2 or features.shape[1] != self.dimensions:
            raise MetricError(f"features has shape {tuple(features.shape)}; expected (b, {self.dimensions}).")
        values = features.detach().to("cpu", torch.float64)
        if not bool(values.isfinite().all()):
            raise MetricError("A feature is NaN or infinite, so its moments are undefined; check the images.")
        self.count += len(values)
        self.total += values.sum(0)
        self.products += values.T @ values
        return self

    def merge(self, other: FeatureMoments) -> FeatureMoments:
        """The moments of both sets together; neither operand is changed.

        Raises:
            MetricError: they belong to different features.
        """
        self.refuse_unlike(other)
        merged = FeatureMoments(self.dimensions, self.source)
        merged.count = self.count + other.count
        merged.total = self.total + other.total
        merged.products = self.products + other.products
        return merged

    def __add__(self, other: FeatureMoments) -> FeatureMoments:
        return self.merge(other)

    def refuse_unlike(self, other: FeatureMoments) -> None:
        """Raise MetricError unless both were computed from the same kind of features."""
        if (self.dimensions, self.source) != (other.dimensions, other.source):
            raise MetricError(
                f"Moments of {self._description()} do not match moments of {other._description()}; use the same extractor for both."
            )

    def _description(self) -> str:
        return f"{self.dimensions} dimensions ({self.source or 'unnamed source'})"

    @property
    def mean(self) -> Tensor:
        """Mean (d,), float64.

        Raises:
            MetricError: no features were added.
        """
        if not self.count:
            raise MetricError("The moments contain no features, so the mean is undefined; call update first.")
        return self.total / self.count

    @property
    def covariance(self) -> Tensor:
        """Covariance (d, d), float64, symmetric, divided by count - 1 as NumPy's ``cov``. Its rank is at most count - 1.

        Raises:
            MetricError: fewer than two features.
        """
        if self.count < 2:
            raise MetricError(
                f"A covariance of {self.count} samples is undefined; add images: at least 2, and {self.dimensions + 1} for full rank."
            )
        centred = self.products - torch.outer(self.total, self.total) / self.count
        return (centred + centred.T) / (2 * (self.count - 1))

    def refuse_too_few(self) -> None:
        """Raise MetricError, with the number of samples needed, unless the covariance can have full rank."""
        refuse_too_few(self.count, self.dimensions)

    def save(self, path: str | Path) -> None:
        """Write a safetensors file.

        Raises:
            OutputError: it cannot be written.
        """
        tensors = {"count": torch.tensor(self.count), "total": self.total, "products": self.products}
        write_bytes(path, tensor_file.to_bytes(tensors, FORMAT.metadata(source=self.source)))

    @classmethod
    def load(cls, path: str | Path) -> FeatureMoments:
        """Read a file written by ``save``; no code in the file runs.

        Raises:
            MetricError: the file is missing or damaged, or has another layout or a newer version.
        """
        name = Path(path).name
        with opened_input(path, LARGEST_FILE, raises=MetricError) as (file, size):
            try:
                header = tensor_file.read_header(file, size, name, raises=MetricError)
            except MetricError as error:
                raise MetricError(f"{name} cannot be read as moments: {error}") from error
            FORMAT.expect(header.metadata, name, raises=MetricError)
            if set(header.entries) != set(_TENSORS):
                held = ", ".join(printable(key, 40) for key in sorted(header.entries)[:5])
                raise MetricError(f"{name} contains the tensors {held}; expected {', '.join(_TENSORS)}.")
            tensors = tensor_file.read_tensors(file, header, list(_TENSORS), name, raises=MetricError, counts=True)
        count, total, products = (tensors[key] for key in _TENSORS)
        sound = not count.ndim and total.ndim == 1 and len(total) and products.shape == (len(total), len(total))
        if not sound or total.dtype != torch.float64 or products.dtype != torch.float64 or count.dtype != torch.int64:
            raise MetricError(f"{name} has tensors of wrong shapes or types; compute the moments again.")
        if int(count) < 0 or not bool(total.isfinite().all()) or not bool(products.isfinite().all()):
            raise MetricError(
                f"{name} has impossible moments (NaN, infinity or a negative count); compute the moments again."
            )
        moments = cls(len(total), printable(header.metadata.get("source", ""), 500))
        moments.count, moments.total, moments.products = int(count), total, products
        return moments


def refuse_too_few(count: int, dimensions: int) -> None:
    """Raise MetricError, with the number of samples needed, unless the covariance of ``count`` samples can have full rank."""
    if count <= dimensions:
        raise MetricError(
            f"The covariance of {count} samples in {dimensions} dimensions has rank at most {max(count - 1, 0)}; give at least {dimensions + 1} samples, or "
            "pass allow_singular=True and compare only distances that use the same number of samples."
        )
