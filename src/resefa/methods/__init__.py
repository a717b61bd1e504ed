"""Methods of discovery, ReSeFa and the methods it is compared with: one class each, with a common protocol.

from resefa.methods import ReSeFa
from resefa.solvers import MatrixFree
resefa.discover(generator, code, "mouth", method=ReSeFa(solver=MatrixFree(tolerance=0.02)))
"""

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports

if TYPE_CHECKING:
    from resefa.methods.ganspace import GANSpace as GANSpace
    from resefa.methods.inter_face_gan import InterFaceGAN as InterFaceGAN
    from resefa.methods.jacobian_svd import JacobianSVD as JacobianSVD
    from resefa.methods.low_rank_gan import LowRankGAN as LowRankGAN
    from resefa.methods.protocol import Method as Method
    from resefa.methods.random_directions import RandomDirections as RandomDirections
    from resefa.methods.ranked import Proposal as Proposal
    from resefa.methods.ranked import Ranked as Ranked
    from resefa.methods.registry import METHODS as METHODS
    from resefa.methods.registry import method as method
    from resefa.methods.resefa import ReSeFa as ReSeFa
    from resefa.methods.sefa import SeFa as SeFa
    from resefa.methods.style_space import StyleSpace as StyleSpace

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "resefa.methods.ganspace": ["GANSpace"],
        "resefa.methods.inter_face_gan": ["InterFaceGAN"],
        "resefa.methods.jacobian_svd": ["JacobianSVD"],
        "resefa.methods.low_rank_gan": ["LowRankGAN"],
        "resefa.methods.protocol": ["Method"],
        "resefa.methods.random_directions": ["RandomDirections"],
        "resefa.methods.ranked": ["Proposal", "Ranked"],
        "resefa.methods.registry": ["METHODS", "method"],
        "resefa.methods.resefa": ["ReSeFa"],
        "resefa.methods.sefa": ["SeFa"],
        "resefa.methods.style_space": ["StyleSpace"],
    },
)
