"""Metrics of images: change, identity, structural similarity, and distances between sets of features."""

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports

if TYPE_CHECKING:
    from resefa.metrics.change import Change as Change
    from resefa.metrics.change import region_change as region_change
    from resefa.metrics.change import squared_change as squared_change
    from resefa.metrics.dci import Disentanglement as Disentanglement
    from resefa.metrics.dci import disentanglement as disentanglement
    from resefa.metrics.features.alignment import Landmarks as Landmarks
    from resefa.metrics.features.arcface import ArcFace as ArcFace
    from resefa.metrics.features.dlib_faces import DlibFace as DlibFace
    from resefa.metrics.features.dlib_faces import DlibLandmarks as DlibLandmarks
    from resefa.metrics.features.efficientnet_lite import EfficientNetLite0 as EfficientNetLite0
    from resefa.metrics.features.inception import Inception as Inception
    from resefa.metrics.features.protocol import DifferentiableExtractor as DifferentiableExtractor
    from resefa.metrics.features.protocol import FaceEmbedder as FaceEmbedder
    from resefa.metrics.features.protocol import FeatureExtractor as FeatureExtractor
    from resefa.metrics.features.protocol import moments_of as moments_of
    from resefa.metrics.frechet import frechet_distance as frechet_distance
    from resefa.metrics.frechet import frechet_distance_of_features as frechet_distance_of_features
    from resefa.metrics.identity import IdentitySimilarity as IdentitySimilarity
    from resefa.metrics.identity import embedding_similarity as embedding_similarity
    from resefa.metrics.identity import identity_similarity as identity_similarity
    from resefa.metrics.image_folder import ImageFolder as ImageFolder
    from resefa.metrics.kernel import KernelDistance as KernelDistance
    from resefa.metrics.kernel import kernel_distance as kernel_distance
    from resefa.metrics.moments import FeatureMoments as FeatureMoments
    from resefa.metrics.sap import attribute_predictability as attribute_predictability
    from resefa.metrics.ssim import structural_similarity as structural_similarity

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "resefa.metrics.change": ["Change", "region_change", "squared_change"],
        "resefa.metrics.dci": ["Disentanglement", "disentanglement"],
        "resefa.metrics.features.alignment": ["Landmarks"],
        "resefa.metrics.features.arcface": ["ArcFace"],
        "resefa.metrics.features.dlib_faces": ["DlibFace", "DlibLandmarks"],
        "resefa.metrics.features.efficientnet_lite": ["EfficientNetLite0"],
        "resefa.metrics.features.inception": ["Inception"],
        "resefa.metrics.features.protocol": [
            "DifferentiableExtractor",
            "FaceEmbedder",
            "FeatureExtractor",
            "moments_of",
        ],
        "resefa.metrics.frechet": ["frechet_distance", "frechet_distance_of_features"],
        "resefa.metrics.identity": ["IdentitySimilarity", "embedding_similarity", "identity_similarity"],
        "resefa.metrics.image_folder": ["ImageFolder"],
        "resefa.metrics.kernel": ["KernelDistance", "kernel_distance"],
        "resefa.metrics.moments": ["FeatureMoments"],
        "resefa.metrics.sap": ["attribute_predictability"],
        "resefa.metrics.ssim": ["structural_similarity"],
    },
)
