"""The metrics on faces of faces-dcgan: agreement with SciPy's formula, noise, detected faces.

Needs `resefa models pull` of faces-dcgan and efficientnet-lite0, and the extra identity. Takes a minute.

    python benchmarks/run.py run metrics
"""

from __future__ import annotations

import time

import numpy as np
import torch
from scipy import linalg

import resefa
from resefa.errors import MissingExtraError
from resefa.metrics.features.dlib_faces import DlibFace
from resefa.metrics.features.efficientnet_lite import EfficientNetLite0
from resefa.metrics.frechet import frechet_distance, frechet_distance_of_features
from resefa.metrics.identity import embedding_similarity
from resefa.metrics.kernel import kernel_distance
from resefa.metrics.moments import FeatureMoments

COUNT, BATCH, FACES = 320, 10, 64
DIMENSIONS = 256
"""Of the 1280, in the comparison with SciPy: the covariances of 320 faces then have full rank."""


def by_square_root(x: torch.Tensor, y: torch.Tensor) -> float:
    a, b = x.double().numpy(), y.double().numpy()
    s1, s2 = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = linalg.sqrtm(s1 @ s2).real
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(s1) + np.trace(s2) - 2 * np.trace(root))


def moments(features: torch.Tensor) -> FeatureMoments:
    return FeatureMoments(features.shape[1]).update(features)


def distances(generator) -> None:
    extractor = EfficientNetLite0()

    def features(first: int, count: int, noise: float = 0.0) -> torch.Tensor:
        made = []
        for start in range(first, first + count, BATCH):
            images = generator.synthesize(generator.sample(range(start, start + min(BATCH, first + count - start))))
            added = torch.randn(images.shape, generator=torch.Generator().manual_seed(start))
            made.append(extractor.features(images + noise * added))
        return torch.cat(made)

    began = time.perf_counter()
    one, two = features(0, COUNT), features(COUNT, COUNT)
    print(f"features: {1000 * (time.perf_counter() - began) / (2 * COUNT):.1f} ms an image")
    few = one[:, :DIMENSIONS], two[:, :DIMENSIONS]
    ours, theirs = frechet_distance(*map(moments, few)), by_square_root(*few)
    print(
        f"{COUNT} faces against others, {DIMENSIONS} dimensions: {ours:.5f}, scipy.linalg.sqrtm differs by {abs(ours - theirs) / theirs:.1e}"
    )
    for count in (64, COUNT):
        show(f"first {count} faces against others", one[:count], two[:count])
    for noise in (0.02, 0.05, 0.1):
        show(f"64 faces with noise {noise} against themselves", features(0, 64, noise), one[:64])


def show(what: str, one: torch.Tensor, two: torch.Tensor) -> None:
    distance = frechet_distance_of_features(one, two, allow_singular=True)
    print(f"{what}: Frechet {distance:.4f} (singular), kernel {kernel_distance(one, two).mean:.2e}")


def identity(generator) -> None:
    codes = generator.sample(range(FACES))
    images = generator.synthesize(codes)
    try:
        embedders = {threshold: DlibFace(threshold=threshold) for threshold in (0.0, -0.6)}
    except MissingExtraError as error:
        print(error)
        return
    for threshold, embedder in embedders.items():
        began = time.perf_counter()
        faces = embedder.features(images)
        found = ~faces.isnan().any(1)
        print(
            f"threshold {threshold}: {int(found.sum())} of {FACES} found, {(time.perf_counter() - began) / FACES:.3f} s a face"
        )
        vectors = faces[found].double()
        unit = torch.nn.functional.normalize(vectors)
        pairs = ~torch.eye(len(unit), dtype=torch.bool)
        cosines, apart = (unit @ unit.T)[pairs], torch.cdist(vectors, vectors)[pairs]
        print(
            f"  pairs of different faces: cosine {cosines.mean():.3f} ({cosines.quantile(0.05):.3f} to {cosines.quantile(0.95):.3f}), "
            f"distance {apart.mean():.3f} ({apart.quantile(0.05):.3f} to {apart.quantile(0.95):.3f})"
        )
    draw = torch.randn(codes.values.shape, generator=torch.Generator().manual_seed(1))
    steps = draw / draw.norm(dim=1, keepdim=True)
    for strength in (0, 1, 2, 4, 8):
        moved = embedder.features(generator.synthesize(codes.moved(strength * steps)))
        print(f"  random step of {strength} in Z: {embedding_similarity(moved, faces, 'dlib')}")


def main() -> None:
    generator = resefa.load("faces-dcgan")
    distances(generator)
    identity(generator)


if __name__ == "__main__":
    main()
