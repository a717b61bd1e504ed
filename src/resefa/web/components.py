"""The components of the editor's page: the canvas, the cards, strips of pictures, and the files that go in and out.

Each is a ``gr.HTML`` whose markup, style and script are files in ``static/``; nothing is built and nothing comes from the network. Their
scripts share one object, ``window.resefa`` (``static/shared.js``). A component joins its
``server_functions`` to those of the others, so that each function need only be passed to one component.

Every server function takes one object, with the session's ``token``, and returns an object: ``{"error": "One sentence."}`` on failure,
with ``"gone": True`` as well if the session is gone. What people and files provide is shown as text, never as markup.
"""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Callable, Sequence
from functools import cache, wraps
from importlib.resources import files
from typing import Any, ClassVar

import gradio as gr
from gradio.component_meta import ComponentMeta, updateable

SHARED = ("shared.js", "history.js", "blend.js", "overlay.js", "drawing.js", "moves.js", "previews.js", "card.js")
"""The scripts that define ``window.resefa``, in this order. They run with the component's own script: the page's security policy allows no inline script elements."""

ServerFunction = Callable[[dict[str, Any]], dict[str, Any]]


@cache
def static(name: str) -> str:
    """Text of a file in ``static/``."""
    return (files("resefa.web") / "static" / name).read_text(encoding="utf-8")


@cache
def script(name: str) -> str:
    """Script of the component ``name``: what all share, which runs for the first component of a page only, and its own."""
    return "".join(map(static, (*SHARED, f"{name}.js")))


def plain(function: ServerFunction) -> ServerFunction:
    """The same as a plain function: Gradio marks server functions with an attribute, which bound methods do not take."""

    @wraps(function)
    def answer(data: dict[str, Any]) -> dict[str, Any]:
        return function(data)

    return answer


class ComponentClass(ComponentMeta):
    """Metaclass of the components: Gradio's own would write a stub file next to the module that defines a component."""

    def __new__(mcs, name: str, bases: tuple[type, ...], attributes: dict[str, Any]) -> type:
        if "__init__" in attributes:
            attributes["__init__"] = updateable(attributes["__init__"])
        return ABCMeta.__new__(mcs, name, bases, attributes)


class PageComponent(gr.HTML, metaclass=ComponentClass):
    """A component from the files ``static/<files>.html``, ``.css`` and ``.js``.

    Args:
        value: the value before the first event; an object or None.
        server_functions: functions that the page's scripts may call.
        properties: the component's properties by name, and further arguments of ``gr.HTML`` (``elem_id``, ``visible``, ...).
            Returning ``Canvas(picture={...})`` from an event updates one.
    """

    static_files: ClassVar[str] = ""

    def __init__(
        self,
        value: dict[str, Any] | None = None,
        *,
        server_functions: Sequence[ServerFunction] | None = None,
        **properties: Any,
    ) -> None:
        name = self.static_files
        super().__init__(
            value,
            html_template=static(f"{name}.html"),
            css_template=static("shared.css") + static(f"{name}.css"),
            js_on_load=script(name),
            apply_default_css=False,
            server_functions=[plain(one) for one in server_functions or ()],
            **properties,
        )

    def get_block_name(self) -> str:
        return "html"

    def preprocess(self, payload: Any) -> Any:
        return payload

    def postprocess(self, value: Any) -> Any:
        return value

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}

    def example_payload(self) -> Any:
        return {}

    def example_value(self) -> Any:
        return {}


class Canvas(PageComponent):
    """The picture and the region drawn on it.

    Property ``picture``: ``{token, src, original, width, height, label, presets: [{name, shape}], shapes, feather}``, optionally
    ``inside`` and ``outside``, the change of the picture shown. A preset's ``shape`` is a box, ellipse or polygon, or a list of them.

    Value: ``{token, shapes, feather}``, sent with ``input`` when the region changes. The value always carries the current
    token, so that other events of the page can take it from here.

    Events: ``input`` (listen with ``trigger_mode="multiple"``: by default Gradio drops an event while an earlier one still runs);
    ``restored`` after ``reopen``, ``opened`` after ``open``: the token may be new.

    Server functions: ``reopen({project, token})`` -> ``{token, picture, deck, strip}``. Called when the page loads without a
    ``picture``, with the tab's project and token or nulls (null: a new session), and when a call answers ``gone``.
    """

    static_files = "canvas"


class Cards(PageComponent):
    """The edits that were found: a preview, a measure and a slider each, and the progress of the search.

    Property ``deck``: ``{token, search, state, message, progress, cards, order, more}``; ``cards`` lists new or changed cards only.
    A card's ``position`` is taken when the card is new, or while no slider moves.

    Event: ``more`` (the button "More edits").

    Server functions: ``move({positions, serial})`` -> ``{src, inside, outside, serial}`` (every shown card has a position),
    ``others({})`` -> ``{pictures}``, ``project({})`` -> ``{project: text}``, ``rename({id, name})``, ``keep({id, kept})``,
    ``hide({id})`` -> ``{deck}``, ``cancel({})``. All objects carry the ``token``.
    """

    static_files = "cards"


class Strip(PageComponent):
    """A row of pictures that are buttons.

    Properties: ``strip``: ``{token, pictures: [{id, src, label, chosen}], action: "choose" | "none"}``; ``name``: ``"samples"`` (small,
    the default) or ``"others"`` (large, filled by the page from ``others`` once the sliders rest); ``title``: the row's label for screen readers;
    ``empty``: the text without pictures.

    Value: ``{token, id}``, sent with ``select``.
    """

    static_files = "strip"


class Out(PageComponent):
    """Buttons that save, and a button (or a drop on the page) that opens a file of at most 16 MB.

    Value: ``{token}`` after a file was opened.

    Server functions: ``save({kind})`` with kind ``png``, ``gif``, ``mp4``, ``directions`` or ``project`` -> ``{name, type, data}``;
    ``open({name, data})`` -> ``{token, picture, deck, strip}``; ``data`` is base64 text. All objects carry the ``token``.
    """

    static_files = "out"
