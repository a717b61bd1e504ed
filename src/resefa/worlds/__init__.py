"""Drawn worlds: pictures whose attributes and masks are exactly known, to train networks on and to measure methods with."""

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports

if TYPE_CHECKING:
    from resefa.worlds.attribute_reader import AttributeReader as AttributeReader
    from resefa.worlds.attribute_reader import Readings as Readings
    from resefa.worlds.data_set import DataSet as DataSet
    from resefa.worlds.data_set import write_data_set as write_data_set
    from resefa.worlds.drawing import Drawing as Drawing
    from resefa.worlds.toon.attributes import ToonAttributes as ToonAttributes
    from resefa.worlds.toon.design import COLOURS as COLOURS
    from resefa.worlds.toon.design import KINDS as KINDS
    from resefa.worlds.toon.design import LABELS as LABELS
    from resefa.worlds.toon.world import ToonWorld as ToonWorld
    from resefa.worlds.visibility import visible_attributes as visible_attributes

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "resefa.worlds.attribute_reader": ["AttributeReader", "Readings"],
        "resefa.worlds.data_set": ["DataSet", "write_data_set"],
        "resefa.worlds.drawing": ["Drawing"],
        "resefa.worlds.toon.attributes": ["ToonAttributes"],
        "resefa.worlds.toon.design": ["COLOURS", "KINDS", "LABELS"],
        "resefa.worlds.toon.world": ["ToonWorld"],
        "resefa.worlds.visibility": ["visible_attributes"],
    },
)
