"""Jacobians of images with respect to the latent code, as linear operators and as matrices, and their Gram matrices."""

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports

if TYPE_CHECKING:
    from resefa.jacobian.dense import ImageJacobian as ImageJacobian
    from resefa.jacobian.estimate import Estimate as Estimate
    from resefa.jacobian.estimate import ProductsEstimate as ProductsEstimate
    from resefa.jacobian.gram_matrices import Gram as Gram
    from resefa.jacobian.gram_matrices import gram_of_rows as gram_of_rows
    from resefa.jacobian.linear_operator import DenseOperator as DenseOperator
    from resefa.jacobian.linear_operator import LinearOperator as LinearOperator
    from resefa.jacobian.linear_operator import adjoint_gap as adjoint_gap
    from resefa.jacobian.operator import JacobianOperator as JacobianOperator
    from resefa.jacobian.stacked import StackedOperator as StackedOperator

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "resefa.jacobian.dense": ["ImageJacobian"],
        "resefa.jacobian.estimate": ["Estimate", "ProductsEstimate"],
        "resefa.jacobian.gram_matrices": ["Gram", "gram_of_rows"],
        "resefa.jacobian.linear_operator": ["DenseOperator", "LinearOperator", "adjoint_gap"],
        "resefa.jacobian.operator": ["JacobianOperator"],
        "resefa.jacobian.stacked": ["StackedOperator"],
    },
)
