"""Curved edits: paths of a latent code that follow a direction and leave the rest of the image unchanged."""

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports

if TYPE_CHECKING:
    from resefa.paths.certificate import PathCertificate as PathCertificate
    from resefa.paths.certificate import StraightComparison as StraightComparison
    from resefa.paths.edit_path import EditPath as EditPath
    from resefa.paths.edit_path import PathStrengths as PathStrengths
    from resefa.paths.edit_paths import EditPaths as EditPaths
    from resefa.paths.path_problem import PathProblem as PathProblem
    from resefa.paths.straight import straight_paths as straight_paths

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "resefa.paths.certificate": ["PathCertificate", "StraightComparison"],
        "resefa.paths.edit_path": ["EditPath", "PathStrengths"],
        "resefa.paths.edit_paths": ["EditPaths"],
        "resefa.paths.path_problem": ["PathProblem"],
        "resefa.paths.straight": ["straight_paths"],
    },
)
