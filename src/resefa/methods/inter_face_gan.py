"""InterFaceGAN: Shen, Gu, Tang and Zhou, "Interpreting the latent space of GANs for semantic face editing", CVPR 2020.

A linear classifier in the latent space parts the codes whose images bear an attribute from those that do not; the normal of
its boundary, towards those that do, is the direction (section 2.2). Labels come from the user or from a scorer of images.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Tensor

from resefa.discovery.problem import RegionProblem
from resefa.errors import Message, UsageError, parameter
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode
from resefa.methods.ranked import Proposal, Ranked
from resefa.methods.samples import BATCH, population_seeds, sampled_along, values_along
from resefa.types import Image

LOSSES = ("hinge", "logistic")
SAMPLES, SHARE = 2000, 0.1


@dataclass(frozen=True, eq=False)
class InterFaceGAN(Ranked):
    """InterFaceGAN: one direction per attribute, towards the positive label; the other options are those of ``Ranked``.

    Attributes:
        labels: one number per code, or one row of them (N, attributes); above 0 is positive, below or equal is not.
        label_codes: the codes that they belong to.
        scorer: (b, c, h, w) images -> (b,) or (b, attributes) scores: in place of labels.
        samples: how many images are scored, by default SAMPLES.
        share: the fraction of the images of highest score, and of lowest, that are positive and negative (the authors: 0.02 of
            half a million), by default SHARE.
        loss: ``hinge``, squared (a linear support vector machine), or ``logistic``.
        penalty: weight of the mean loss against ``|v|^2 / 2``, on coordinates of unit variance.
    """

    labels: Tensor | Sequence[float] | None = None
    label_codes: LatentCode | None = None
    scorer: Callable[[Image], Tensor] | None = None
    samples: int | None = None
    share: float | None = None
    loss: str = "hinge"
    penalty: float = 100.0
    name: ClassVar[str] = "interfacegan"
    orientation: ClassVar[str] = "towards the positive label"

    def reason_not(self, generator: BaseGenerator, space: str | None = None) -> str | None:
        if self.scorer is None and (self.labels is None or self.label_codes is None):
            return Message(
                f"InterFaceGAN needs labels to learn from; give {parameter('labels')}, or a scorer of images."
            )
        if self.scorer is not None and self.labels is not None:
            return Message(
                f"{parameter('labels')} and {parameter('scorer')} cannot be used together; give only one of them."
            )
        if self.labels is not None and (self.samples is not None or self.share is not None):
            name = "samples" if self.samples is not None else "share"
            return Message(
                f"{parameter(name)} needs a scorer of images and has no effect on labels; omit {parameter(name)}."
            )
        return super().reason_not(generator, space)

    def reason_in(self, generator: BaseGenerator, space: str) -> str | None:
        return (
            None
            if space in generator.spaces
            else f"{generator.name} has no space {space}; choose one of {', '.join(generator.spaces)}."
        )

    def propose(self, problem: RegionProblem, count: int) -> Proposal:
        if self.loss not in LOSSES:
            raise UsageError(f"Unknown loss {self.loss!r}; choose one of {', '.join(LOSSES)}.")
        values, signs, source = self._labelled(problem) if self.labels is not None else self._scored(problem)
        normals, right = [], []
        for attribute in signs.T:
            used = attribute != 0
            if not bool((attribute > 0).any() and (attribute < 0).any()):
                raise UsageError(
                    "All labels of one attribute have the same sign; give codes with the attribute and codes without it."
                )
            normal, share = boundary(values[used], attribute[used], loss=self.loss, penalty=self.penalty)
            normals.append(normal)
            right.append(f"{share:.1%}")
        status = f"linear boundary ({self.loss} loss) from {len(values)} codes {source}, {', '.join(right)} of them on the correct side"
        return Proposal(torch.stack(normals), status, {"solver": f"linear boundary, {self.loss}"})

    def _labelled(self, problem: RegionProblem) -> tuple[Tensor, Tensor, str]:
        """The labelled codes (N, n), the signs of their labels (N, attributes), and a note for the status."""
        try:
            labels = torch.as_tensor(self.labels, dtype=torch.float64)
        except (TypeError, ValueError, RuntimeError) as error:
            raise UsageError(
                "labels must be numbers; give one label per code, above 0 for codes that have the attribute."
            ) from error
        labels = labels[:, None] if labels.ndim == 1 else labels
        codes = self.label_codes
        if codes is None or labels.ndim != 2 or len(labels) != len(codes) or not bool(torch.isfinite(labels).all()):
            raise UsageError(
                f"labels has shape {tuple(labels.shape)} for {0 if codes is None else len(codes)} codes; give one finite number, or one row "
                "of finite numbers, for each code."
            )
        return (
            values_along(problem.generator, problem.motion, codes),
            torch.where(labels > 0, 1.0, -1.0).double(),
            "with labels",
        )

    def _scored(self, problem: RegionProblem) -> tuple[Tensor, Tensor, str]:
        """Sampled codes (N, n) and signs from their scores: 1 for the highest, -1 for the lowest, 0 for the rest; and a note."""
        share = SHARE if self.share is None else self.share
        if not 0 < share <= 0.5:
            raise UsageError(f"{parameter('share')} is {share}; give a number above 0, at most 0.5.")
        generator, seeds, scores = problem.generator, population_seeds(self.samples or SAMPLES), []
        assert self.scorer is not None
        for start in range(0, len(seeds), BATCH):
            images = generator.synthesize(generator.sample(seeds[start : start + BATCH]))
            scores.append(
                torch.as_tensor(self.scorer(images)).detach().to("cpu", torch.float64).reshape(len(images), -1)
            )
        found = torch.cat(scores)
        if not bool(torch.isfinite(found).all()):
            raise UsageError("The scorer returned NaN or infinity; correct the scorer, or give labels.")
        taken = max(1, int(share * len(found)))
        ordered = found.argsort(dim=0, stable=True)
        signs = torch.zeros_like(found).scatter_(0, ordered[:taken], -1.0).scatter_(0, ordered[-taken:], 1.0)
        return (
            sampled_along(generator, problem.motion, seeds),
            signs,
            f"with scores, the highest and the lowest {taken} used",
        )


def boundary(values: Tensor, signs: Tensor, *, loss: str = "hinge", penalty: float = 100.0) -> tuple[Tensor, float]:
    """The unit normal (n,) of the boundary, towards the codes of sign +1, and the fraction of codes on the correct side.

    Minimises ``|v|^2 / 2 + penalty * mean loss(sign * (v . x + c))`` over v and c by L-BFGS, with x the codes over one common
    scale; both classes weigh the same.
    """
    x, y = values.numpy().astype(np.float64), signs.numpy()
    middle, scale = x.mean(0), max(float(x.std()), np.finfo(np.float64).tiny)
    x = (x - middle) / scale
    weights = np.where(y > 0, 0.5 / (y > 0).sum(), 0.5 / (y < 0).sum())

    def objective(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        v, c = parameters[:-1], parameters[-1]
        margin = y * (x @ v + c)
        if loss == "hinge":
            lack = np.maximum(0, 1 - margin)
            cost, slope = lack**2, -2 * lack
        else:
            cost, slope = np.logaddexp(0, -margin), -1 / (1 + np.exp(np.minimum(margin, 500)))
        pull = penalty * weights * slope * y
        return float(v @ v / 2 + penalty * float(weights @ cost)), np.append(v + pull @ x, pull.sum())

    start = np.zeros(x.shape[1] + 1)
    found = minimize(
        objective, start, jac=True, method="L-BFGS-B", options={"maxiter": 2000, "ftol": 1e-14, "gtol": 1e-9}
    ).x
    right = float((y * (x @ found[:-1] + found[-1]) > 0).mean())
    normal = torch.from_numpy(found[:-1].copy())
    length = float(normal.norm())
    if not length > 0:
        raise UsageError("No linear boundary separates the labelled codes; give more codes, or different labels.")
    return normal / length, right
