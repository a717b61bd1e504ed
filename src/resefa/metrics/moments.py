"""Count, sum and outer-product sum of features: all that a mean and a covariance need, and sums add up.

One accumulator per worker or per shard; ``a + b`` is what one accumulator of all their features would hold. float64
throughout, so the order of the batches changes no figure beyond rounding (a few 1e-16 of the largest second moment).
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from resefa.errors import MetricError, printable
from resefa.files import tensor_file
from resefa.files.input_file import opened_input
from resefa.files.output_file import write_bytes

FORMAT = "resefa.moments"
FORMAT_VERSION = 1
LARGEST_FILE = 2**31
_TENSORS = ("count", "total", "products")


class FeatureMoments:
    """Moments of feature vectors of ``dimensions`` values.

    Args:
        dimensions: values per feature vector, d.
        source: which features: extractor and fingerprint, as ``source_of(extractor)`` words it. Moments of unlike sources
            are neither merged nor compared.

    Attributes:
        count: vectors seen. ``total``: (d,) their sum. ``products``: (d, d) sum of x x^T. float64.
    """

    def __init__(self, dimensions: int, source: str = "") -> None:
        if dimensions < 1:
            raise MetricError(f"Features of {dimensions} dimensions came: at least 1 was expected.")
        self.source = source
        self.count = 0
        self.total = torch.zeros(dimensions, dtype=torch.float64)
        self.products = torch.zeros(dimensions, dimensions, dtype=torch.float64)

    @property
    def dimensions(self) -> int:
        """Values per feature vector."""
        return len(self.total)

    def update(self, features: Tensor) -> FeatureMoments:
        """Add (b, d) features of any floating type; returns itself.

        Raises:
            MetricError: another number of dimensions, or a value that is not finite.
        """
        if features.ndim != 2 or features.shape[1] != self.dimensions:
            raise MetricError(f"Features of shape {tuple(features.shape)} came: expected (b, {self.dimensions}).")
        values = features.detach().to("cpu", torch.float64)
        if not bool(values.isfinite().all()):
            raise MetricError(
                "A feature is NaN or infinite, so no moments can be taken: look at the images it came from."
            )
        self.count += len(values)
        self.total += values.sum(0)
        self.products += values.T @ values
        return self

    def merge(self, other: FeatureMoments) -> FeatureMoments:
        """The moments of both; neither is changed.

        Raises:
            MetricError: they are of other features.
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
        """Raise MetricError unless both are of the same features."""
        if (self.dimensions, self.source) != (other.dimensions, other.source):
            raise MetricError(
                f"Moments of {self._words()} came with moments of {other._words()}: take both with the same extractor."
            )

    def _words(self) -> str:
        return f"{self.dimensions} dimensions ({self.source or 'source not named'})"

    @property
    def mean(self) -> Tensor:
        """(d,), float64.

        Raises:
            MetricError: nothing was added yet.
        """
        if not self.count:
            raise MetricError("No features were added, so there is no mean: call update with at least one.")
        return self.total / self.count

    @property
    def covariance(self) -> Tensor:
        """(d, d), float64, symmetric, divided by count - 1 as NumPy's ``cov``. Its rank is at most count - 1.

        Raises:
            MetricError: fewer than two features.
        """
        if self.count < 2:
            raise MetricError(
                f"{self.count} samples came, but a covariance needs at least 2, and {self.dimensions + 1} for full rank: add images."
            )
        centred = self.products - torch.outer(self.total, self.total) / self.count
        return (centred + centred.T) / (2 * (self.count - 1))

    def refuse_too_few(self) -> None:
        """Raise MetricError, with how many are needed, unless the covariance can have full rank."""
        refuse_too_few(self.count, self.dimensions)

    def save(self, path: str | Path) -> None:
        """Write a safetensors file.

        Raises:
            OutputError: it cannot be written.
        """
        tensors = {"count": torch.tensor(self.count), "total": self.total, "products": self.products}
        metadata = {"format": FORMAT, "format_version": str(FORMAT_VERSION), "source": self.source}
        write_bytes(path, tensor_file.to_bytes(tensors, metadata))

    @classmethod
    def load(cls, path: str | Path) -> FeatureMoments:
        """Read what ``save`` wrote. Runs nothing from the file.

        Raises:
            MetricError: missing, damaged, of another layout, or of a newer version.
        """
        name = Path(path).name
        with opened_input(path, LARGEST_FILE, raises=MetricError) as (file, size):
            try:
                header = tensor_file.read_header(file, size, name, raises=MetricError)
            except MetricError as error:
                raise MetricError(f"{name} cannot be read as moments: {error}") from error
            version = header.metadata.get("format_version", "")
            if header.metadata.get("format") != FORMAT:
                raise MetricError(f"{name} is a safetensors file of something else; expected {FORMAT!r}.")
            if version != str(FORMAT_VERSION):
                raise MetricError(
                    f"{name} has layout version {printable(version, 20)}, and this resefa reads {FORMAT_VERSION}: update it."
                )
            if set(header.entries) != set(_TENSORS):
                held = ", ".join(printable(key, 40) for key in sorted(header.entries)[:5])
                raise MetricError(f"{name} has tensors {held}; expected {', '.join(_TENSORS)}.")
            tensors = tensor_file.read_tensors(file, header, list(_TENSORS), name, raises=MetricError, counts=True)
        count, total, products = (tensors[key] for key in _TENSORS)
        sound = not count.ndim and total.ndim == 1 and len(total) and products.shape == (len(total), len(total))
        if not sound or total.dtype != torch.float64 or products.dtype != torch.float64 or count.dtype != torch.int64:
            raise MetricError(f"{name} has moments of different shapes or types: make the file again.")
        if int(count) < 0 or not bool(total.isfinite().all()) or not bool(products.isfinite().all()):
            raise MetricError(f"{name} has impossible moments (NaN, infinity or a count below 0): make the file again.")
        moments = cls(len(total), printable(header.metadata.get("source", ""), 500))
        moments.count, moments.total, moments.products = int(count), total, products
        return moments


def refuse_too_few(count: int, dimensions: int) -> None:
    """Raise MetricError, with how many are needed, unless the covariance of ``count`` samples can have full rank."""
    if count <= dimensions:
        raise MetricError(
            f"{count} samples came, and the covariance of {dimensions} dimensions then has rank at most {max(count - 1, 0)}: give at "
            f"least {dimensions + 1}, or allow a singular covariance (allow_singular=True) and compare only distances of the same number of samples."
        )
