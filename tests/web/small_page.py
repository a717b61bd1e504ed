"""A page of Gradio with one component of each kind that the editor uses, for tests of the server."""

from __future__ import annotations

from typing import Any

import gradio as gr

from resefa.web.components import ComponentClass

SCRIPT = """
const number = element.querySelector('.number');
const show = () => { number.textContent = JSON.stringify(props.picture); };
show();
watch('picture', show);
element.querySelector('.go').onclick = async () => {
  number.dataset.answer = JSON.stringify(await server.move({token: 't', n: 3}));
  props.value = {token: 't', shapes: [1]};
  trigger('input');
};
"""


def move(request: dict[str, Any]) -> dict[str, Any]:
    """A server function as the editor's are."""
    if request["n"] == 666:
        raise RuntimeError("a defect")
    return {"got": request["n"] + 1}


class Canvas(gr.HTML, metaclass=ComponentClass):
    """A component with a template, a script and a server function."""

    def __init__(self, value: Any = None, *, picture: Any = None, **options: Any) -> None:
        super().__init__(
            value=value,
            picture=picture,
            html_template="<div><b class='number'></b> <button class='go'>go</button></div>",
            js_on_load=SCRIPT,
            server_functions=[move],
            **options,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}


def small_page(title: str = "small") -> gr.Blocks:
    """A canvas whose event yields three updates, and a named endpoint."""

    def steps(value: Any) -> Any:
        for step in range(3):
            yield Canvas(picture={"label": f"step {step}"})

    def add(number: float) -> float:
        return number + 1

    with gr.Blocks(analytics_enabled=False, title=title) as page:
        canvas = Canvas(picture={"label": "<b>start</b>"})
        seed, out = gr.Number(3, label="seed"), gr.Number(label="out")
        gr.Dropdown(["a", "b"], label="model")
        with gr.Accordion("Advanced", open=False):
            gr.Slider(0, 1, label="truncation")
        canvas.input(steps, canvas, canvas, api_name=False)
        seed.change(add, seed, out, api_name="add")
    return page
