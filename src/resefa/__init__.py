"""Region-based semantic factorization: mark a region of a generated image, get the latent directions that change it alone.

The names below are the whole public surface. They load on first use, so that ``import resefa`` and the command line's
help do not wait for torch.
"""

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports
from resefa.version import VERSION as __version__

if TYPE_CHECKING:
    from resefa.api.discover import discover as discover
    from resefa.directions.directions import Direction as Direction
    from resefa.directions.directions import Directions as Directions
    from resefa.directions.library import NamedDirections as NamedDirections
    from resefa.discovery.problem import EditSpace as EditSpace
    from resefa.discovery.problem import RegionProblem as RegionProblem
    from resefa.discovery.region_grams import RegionGrams as RegionGrams
    from resefa.editing.composite import Composite as Composite
    from resefa.editing.composition import Composition as Composition
    from resefa.editing.edit import edit as edit
    from resefa.editing.locality import locality as locality
    from resefa.editing.strength import calibrate as calibrate
    from resefa.errors import ResefaError as ResefaError
    from resefa.errors import ResefaWarning as ResefaWarning
    from resefa.generators.load import load as load
    from resefa.generators.protocol import Generator as Generator
    from resefa.generators.tracking import track_region as track_region
    from resefa.generators.wrap import wrap as wrap
    from resefa.jacobian.operator import JacobianOperator as JacobianOperator
    from resefa.latents.code import LatentCode as LatentCode
    from resefa.methods.resefa import ReSeFa as ReSeFa
    from resefa.paths.edit_paths import EditPaths as EditPaths
    from resefa.paths.follow import follow as follow
    from resefa.presentation.save_images import picture as picture
    from resefa.presentation.save_images import save_images as save_images
    from resefa.presentation.sheets import save_page as save_page
    from resefa.presentation.sheets import save_sheet as save_sheet
    from resefa.presentation.sheets import sheet as sheet
    from resefa.presentation.sweep import Sweep as Sweep
    from resefa.refinement.captions import captioned as captioned
    from resefa.refinement.strength_profile import measure_strengths as measure_strengths
    from resefa.regions.region import Region as Region
    from resefa.runtime.cancellation import Cancellation as Cancellation
    from resefa.runtime.jacobian_cache import JacobianCache as JacobianCache
    from resefa.runtime.session import Session as Session

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "resefa.directions.directions": ["Direction", "Directions"],
        "resefa.directions.library": ["NamedDirections"],
        "resefa.discovery.problem": ["EditSpace", "RegionProblem"],
        "resefa.discovery.region_grams": ["RegionGrams"],
        "resefa.editing.composite": ["Composite"],
        "resefa.editing.composition": ["Composition"],
        "resefa.editing.edit": ["edit"],
        "resefa.editing.locality": ["locality"],
        "resefa.editing.strength": ["calibrate"],
        "resefa.errors": ["ResefaError", "ResefaWarning"],
        "resefa.generators.load": ["load"],
        "resefa.generators.protocol": ["Generator"],
        "resefa.generators.tracking": ["track_region"],
        "resefa.generators.wrap": ["wrap"],
        "resefa.jacobian.operator": ["JacobianOperator"],
        "resefa.latents.code": ["LatentCode"],
        "resefa.api.discover": ["discover"],
        "resefa.methods.resefa": ["ReSeFa"],
        "resefa.paths.edit_paths": ["EditPaths"],
        "resefa.paths.follow": ["follow"],
        "resefa.presentation.save_images": ["picture", "save_images"],
        "resefa.presentation.sheets": ["save_page", "save_sheet", "sheet"],
        "resefa.presentation.sweep": ["Sweep"],
        "resefa.refinement.captions": ["captioned"],
        "resefa.refinement.strength_profile": ["measure_strengths"],
        "resefa.regions.region": ["Region"],
        "resefa.runtime.cancellation": ["Cancellation"],
        "resefa.runtime.jacobian_cache": ["JacobianCache"],
        "resefa.runtime.session": ["Session"],
    },
)
__all__ += ["__version__"]
