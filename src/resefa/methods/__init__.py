"""Methods of discovery: ReSeFa and those that it is compared with, one class each, under one protocol.

from resefa.methods import ReSeFa
from resefa.solvers import MatrixFree
resefa.discover(generator, code, "mouth", method=ReSeFa(solver=MatrixFree(tolerance=0.02)))
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports

if TYPE_CHECKING:
    from resefa.methods.ganspace import GANSpace
    from resefa.methods.inter_face_gan import InterFaceGAN
    from resefa.methods.jacobian_svd import JacobianSVD
    from resefa.methods.low_rank_gan import LowRankGAN
    from resefa.methods.protocol import Method
    from resefa.methods.random_directions import RandomDirections
    from resefa.methods.registry import METHODS, method
    from resefa.methods.resefa import ReSeFa
    from resefa.methods.sefa import SeFa
    from resefa.methods.style_space import StyleSpace

__getattr__, __dir__, _names = lazy_exports(
    __name__,
    {
        "resefa.methods.ganspace": ["GANSpace"],
        "resefa.methods.inter_face_gan": ["InterFaceGAN"],
        "resefa.methods.jacobian_svd": ["JacobianSVD"],
        "resefa.methods.low_rank_gan": ["LowRankGAN"],
        "resefa.methods.protocol": ["Method"],
        "resefa.methods.random_directions": ["RandomDirections"],
        "resefa.methods.registry": ["METHODS", "method"],
        "resefa.methods.resefa": ["ReSeFa"],
        "resefa.methods.sefa": ["SeFa"],
        "resefa.methods.style_space": ["StyleSpace"],
    },
)
__all__ = [
    "METHODS",
    "GANSpace",
    "InterFaceGAN",
    "JacobianSVD",
    "LowRankGAN",
    "Method",
    "RandomDirections",
    "ReSeFa",
    "SeFa",
    "StyleSpace",
    "method",
]
