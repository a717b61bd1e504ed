"""The registry of measures: those that the user's weights files and the installed extras make available."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from resefa.comparison.measures.pair_measures import SSIM, PairMeasure, identity_measures
from resefa.errors import MissingExtraError, WeightsError
from resefa.metrics.features.protocol import FeatureExtractor

if TYPE_CHECKING:
    from resefa.metrics.features.alignment import Landmarks


@dataclass(frozen=True)
class Measures:
    """The measures of one comparison; ``absent`` maps the name of each missing measure to the reason, for the report."""

    pairs: tuple[PairMeasure, ...] = ()
    extractors: tuple[FeatureExtractor, ...] = ()
    absent: Mapping[str, str] = field(default_factory=dict)

    def fingerprints(self) -> dict[str, str]:
        """The fingerprint of each measure by name, as the experiment stores them."""
        return {one.name: one.fingerprint for one in (*self.pairs, *self.extractors)}


def measures_for(
    *, inception: Path | None = None, arcface: Path | None = None, identity: bool = False, features: bool = True
) -> Measures:
    """The measures that are available with these weights and extras.

    Args:
        inception: weights of the FID's Inception-v3, a file of torch-fidelity or pytorch-fid.
        arcface: a face-recognition network in ONNX.
        identity: also dlib's face embedding (extra ``identity``).
        features: EfficientNet-Lite0, if its weights are in the store.

    Raises:
        WeightsError, MetricError, MissingExtraError: a requested measure cannot be opened. Measures that were not requested
            are listed as absent, with the reason.
    """
    extractors: list[FeatureExtractor] = []
    pairs: list[PairMeasure] = []
    absent: dict[str, str] = {}
    if inception is not None:
        from resefa.metrics.features.inception import Inception

        extractors.append(Inception(inception))
    else:
        absent["FID"] = "No Inception-v3 weights were given."
    if features:
        from resefa.metrics.features.efficientnet_lite import EfficientNetLite0

        try:
            extractors.append(EfficientNetLite0())
        except (WeightsError, MissingExtraError) as error:
            absent["EfficientNet-Lite0"] = str(error)
    else:
        absent["EfficientNet-Lite0"] = "The features were not requested."
    if arcface is not None:
        from resefa.metrics.features.arcface import ArcFace

        pairs.append(identity_measures(ArcFace(arcface, _landmarks()))[0])
    if identity:
        from resefa.metrics.features.dlib_faces import DlibFace

        pairs += identity_measures(DlibFace())
    if not pairs:
        absent["identity similarity"] = "No face embedding was given."
    pairs.append(SSIM())
    return Measures(tuple(pairs), tuple(extractors), absent)


def _landmarks() -> Landmarks | None:
    """The landmark detector of dlib, which aligns faces for ArcFace; None if dlib is not installed."""
    from resefa.metrics.features.dlib_faces import DlibLandmarks

    try:
        return DlibLandmarks()
    except MissingExtraError:
        return None
