"""Model cards and the store of downloaded weights."""

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports

if TYPE_CHECKING:
    from resefa.zoo.cards import CardFile as CardFile
    from resefa.zoo.cards import Licences as Licences
    from resefa.zoo.cards import ModelCard as ModelCard
    from resefa.zoo.cards import card as card
    from resefa.zoo.checksums import verified as verified
    from resefa.zoo.store import is_present as is_present
    from resefa.zoo.store import store_folder as store_folder
    from resefa.zoo.store import weights_path as weights_path

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "resefa.zoo.cards": ["CardFile", "Licences", "ModelCard", "card"],
        "resefa.zoo.checksums": ["verified"],
        "resefa.zoo.store": ["is_present", "store_folder", "weights_path"],
    },
)
