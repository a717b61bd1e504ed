"""The editor without a page: sessions in which people mark regions, search for edits and combine them. ``resefa.web`` shows them."""

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports

if TYPE_CHECKING:
    from resefa.editor.analysis import Analysis as Analysis
    from resefa.editor.card import Card as Card
    from resefa.editor.card import Preview as Preview
    from resefa.editor.editing_session import EditingSession as EditingSession
    from resefa.editor.editor import Editor as Editor
    from resefa.editor.image import EditedImage as EditedImage
    from resefa.editor.models import EditorModel as EditorModel
    from resefa.editor.models import EditorModels as EditorModels
    from resefa.editor.sessions import Sessions as Sessions

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "resefa.editor.analysis": ["Analysis"],
        "resefa.editor.card": ["Card", "Preview"],
        "resefa.editor.editing_session": ["EditingSession"],
        "resefa.editor.editor": ["Editor"],
        "resefa.editor.image": ["EditedImage"],
        "resefa.editor.models": ["EditorModel", "EditorModels"],
        "resefa.editor.sessions": ["Sessions"],
    },
)
