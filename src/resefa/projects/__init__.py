"""Projects: what a person made in the editor, as a document that reopens and that the command line replays."""

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports

if TYPE_CHECKING:
    from resefa.projects.shapes import Shape as Shape
    from resefa.projects.shapes import region_of as region_of
    from resefa.projects.shapes import shapes_from as shapes_from

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {"resefa.projects.shapes": ["Shape", "region_of", "shapes_from"]},
)
