"""Segmenters: functions that label the pixels of an image with its parts, for regions that follow the image."""

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports

if TYPE_CHECKING:
    from resefa.regions.image_parts import GroupsParts as GroupsParts
    from resefa.regions.image_parts import ImageParts as ImageParts
    from resefa.regions.image_parts import PartGroup as PartGroup
    from resefa.regions.image_parts import Segmenter as Segmenter
    from resefa.regions.image_parts import parts_of as parts_of
    from resefa.segmenters.registry import segmenter_for as segmenter_for
    from resefa.segmenters.toon_parts import ToonParts as ToonParts

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "resefa.regions.image_parts": ["GroupsParts", "ImageParts", "PartGroup", "Segmenter", "parts_of"],
        "resefa.segmenters.registry": ["segmenter_for"],
        "resefa.segmenters.toon_parts": ["ToonParts"],
    },
)
