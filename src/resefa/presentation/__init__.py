"""Pictures of edits: sweeps, sheets, galleries and animations. ``resefa`` itself exports the calls most people need."""

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports

if TYPE_CHECKING:
    from resefa.presentation.animation import save_animation as save_animation
    from resefa.presentation.contact_sheet import SheetRow as SheetRow
    from resefa.presentation.gallery import GalleryEdit as GalleryEdit
    from resefa.presentation.gallery import GalleryMeasure as GalleryMeasure
    from resefa.presentation.gallery import GallerySection as GallerySection
    from resefa.presentation.gallery import save_gallery as save_gallery
    from resefa.presentation.outline import draw_outline as draw_outline
    from resefa.presentation.outline import outlined as outlined
    from resefa.presentation.pixels import to_picture as to_picture
    from resefa.presentation.save_images import picture as picture
    from resefa.presentation.save_images import save_picture as save_picture
    from resefa.presentation.sheets import save_page as save_page
    from resefa.presentation.sheets import save_sheet as save_sheet
    from resefa.presentation.sheets import sheet as sheet
    from resefa.presentation.sweep import Measured as Measured
    from resefa.presentation.sweep import Sweep as Sweep

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "resefa.presentation.animation": ["save_animation"],
        "resefa.presentation.contact_sheet": ["SheetRow"],
        "resefa.presentation.gallery": ["GalleryEdit", "GalleryMeasure", "GallerySection", "save_gallery"],
        "resefa.presentation.outline": ["draw_outline", "outlined"],
        "resefa.presentation.pixels": ["to_picture"],
        "resefa.presentation.save_images": ["picture", "save_picture"],
        "resefa.presentation.sheets": ["save_page", "save_sheet", "sheet"],
        "resefa.presentation.sweep": ["Measured", "Sweep"],
    },
)
