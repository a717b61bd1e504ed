"""The measures of a run, from what the person gave and what is at hand. Another one is a file beside this one and some lines here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from resefa.comparison.measures.pair_measures import PairMeasure, Structure
from resefa.errors import MissingExtraError, WeightsError
from resefa.metrics.features.protocol import FeatureExtractor


@dataclass(frozen=True)
class Measures:
    """Those of one run; ``absent``: name -> why it is not among them, for the report."""

    pairs: tuple[PairMeasure, ...] = ()
    extractors: tuple[FeatureExtractor, ...] = ()
    absent: Mapping[str, str] = field(default_factory=dict)

    def fingerprints(self) -> dict[str, str]:
        """name -> fingerprint, as the experiment keeps it."""
        return {one.name: one.fingerprint for one in (*self.pairs, *self.extractors)}


def measures_for(
    *, inception: Path | None = None, arcface: Path | None = None, identity: bool = False, features: bool = True
) -> Measures:
    """What can judge the images.

    Args:
        inception: the FID's Inception-v3, a file of torch-fidelity or pytorch-fid.
        arcface: a face-recognition network in ONNX.
        identity: also by dlib's face embedding, which the extra ``identity`` installs.
        features: by EfficientNet-Lite0, if its weights are here.

    Raises:
        WeightsError, MetricError, MissingExtraError: what was asked for by name cannot be opened. What was not is noted as
            absent, with the reason.
    """
    extractors: list[FeatureExtractor] = []
    pairs: list[PairMeasure] = []
    absent: dict[str, str] = {}
    if inception is not None:
        from resefa.metrics.features.inception import Inception

        extractors.append(Inception(inception))
    else:
        absent["FID"] = "No Inception-v3 weights were given (--inception FILE)."
    if features:
        from resefa.metrics.features.efficientnet_lite import EfficientNetLite0

        try:
            extractors.append(EfficientNetLite0())
        except (WeightsError, MissingExtraError) as error:
            absent["EfficientNet-Lite0"] = str(error)
    else:
        absent["EfficientNet-Lite0"] = "Its features were switched off (--no-features)."
    if arcface is not None:
        from resefa.comparison.measures.pair_measures import identity_measures
        from resefa.metrics.features.arcface import ArcFace

        pairs.append(identity_measures(ArcFace(arcface, landmarks()))[0])
    if identity:
        from resefa.comparison.measures.pair_measures import identity_measures
        from resefa.metrics.features.dlib_faces import DlibFace

        pairs += identity_measures(DlibFace())
    if not pairs:
        absent["identity similarity"] = "No face embedding was given (--arcface FILE, or --identity for dlib's)."
    pairs.append(Structure())
    return Measures(tuple(pairs), tuple(extractors), absent)


def landmarks():  # type: ignore[no-untyped-def]
    """dlib's five points, by which ArcFace's faces are aligned; None where they are not at hand (the embedder then says so)."""
    from resefa.metrics.features.dlib_faces import DlibLandmarks

    try:
        return DlibLandmarks()
    except MissingExtraError:
        return None
