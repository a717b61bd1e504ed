"""The layout of the editor's page, and the step that each control calls."""

from __future__ import annotations

from typing import Any

import gradio as gr

from resefa.editor.editor import Editor
from resefa.editor.models import EditorModels
from resefa.latents.seeds import LARGEST_SEED
from resefa.web.api import add_api
from resefa.web.calls import FIRST_SEED, Calls
from resefa.web.components import Canvas, Cards, Out, Strip
from resefa.web.steps import MODEL_DEFAULT, Steps
from resefa.zoo.cards import DEFAULT_MODEL

SOLVERS = ("auto", "cholesky", "woodbury", "matrix-free", "prepared")
HEADER = "<header><h1>resefa</h1><p>Draw on the picture, see what can change there, drag the sliders.</p></header>"


def build(editor: Editor | None = None) -> gr.Blocks:
    """The page of an editor; by default of an editor with the default model."""
    editor = Editor(EditorModels({DEFAULT_MODEL: DEFAULT_MODEL})) if editor is None else editor
    model = editor.queue.quick(editor.models.get)
    editor.warm_up(FIRST_SEED)
    calls, steps, names = Calls(editor), Steps(editor), editor.models.names
    with gr.Blocks(title="resefa", analytics_enabled=False, fill_width=True) as page:
        gr.HTML(HEADER, elem_id="resefa-header")
        with (
            gr.Accordion(
                "Model and sample" if len(names) > 1 else "Sample options", open=False, elem_id="resefa-sample-options"
            ),
            gr.Row(),
        ):
            chosen = gr.Dropdown(names, value=names[0], label="Model", visible=len(names) > 1, min_width=160, scale=2)
            seed = gr.Number(None, label="Sample number", precision=0, minimum=0, maximum=LARGEST_SEED, min_width=120, scale=1)  # fmt: skip
            label = gr.Number(None, label="Class", precision=0, minimum=0, visible=bool(model.generator.classes), min_width=100, scale=1)  # fmt: skip
            truncation = gr.Slider(0, 1, 1, step=0.05, label="Variety: lower is closer to the average", visible=model.truncates, min_width=280, scale=3)  # fmt: skip
        with gr.Row(elem_id="resefa-choice"):
            samples = Strip(name="samples", title="Samples to choose from", elem_id="resefa-samples")
            surprise = gr.Button("Another sample", elem_id="resefa-surprise")
        with gr.Row(elem_id="resefa-work"):
            with gr.Column(scale=6, min_width=320):
                canvas = Canvas(elem_id="resefa-canvas", server_functions=calls.functions())
                Out(elem_id="resefa-out")
            with gr.Column(scale=5, min_width=320):
                cards = Cards(elem_id="resefa-cards")
        gr.HTML("<h2>The same edit on other samples</h2>", elem_id="resefa-others-title")
        others = Strip(
            name="others",
            title="The same edit on other samples",
            empty="Move a slider, and the same edit appears here on other samples.",
            elem_id="resefa-others",
        )
        with gr.Accordion("Advanced", open=False, elem_id="resefa-advanced"):
            with gr.Row():
                spaces = [MODEL_DEFAULT, *model.generator.spaces]
                space = gr.Dropdown(spaces, value=MODEL_DEFAULT, label="Latent space", min_width=140)
                layers = gr.Textbox(
                    "", label="Layers", placeholder="all, or for example 0-5", max_length=200, min_width=140
                )
                rows = gr.Number(None, label="Rows of the analysed image", precision=0, minimum=4, maximum=4096, min_width=140)  # fmt: skip
                solver = gr.Dropdown(list(SOLVERS), value="auto", label="Solver", min_width=140)
                tau = gr.Number(None, label="Ridge (tau)", minimum=0, maximum=1, min_width=140)
            gr.Markdown(
                "These options hold from the next search on. *Details* on a card shows the certificate of its edit."
            )
            again = gr.Button("Search again", size="sm")

        options: dict[str, Any] = {
            "show_progress": "hidden", "trigger_mode": "multiple", "concurrency_limit": None, "api_visibility": "private",
        }  # fmt: skip
        for event in (canvas.input, again.click):
            event(steps.search, [canvas, space, layers, rows, solver, tau], [cards], **options)
        cards.more(steps.more, [canvas], [cards], **options)
        for event in (canvas.restored, canvas.opened):
            event(steps.follow, [canvas], [cards, seed], **options)
        everything: list[Any] = [canvas, cards, samples, others, seed]
        for strip in (samples, others):
            strip.select(steps.choose_picture, [strip, chosen, truncation, label], everything, **options)
        surprise.click(steps.surprise, [canvas, chosen, truncation, label], everything, **options)
        for event in (seed.submit, truncation.release, label.submit):
            event(steps.choose, [canvas, chosen, seed, truncation, label], everything, **options)
        chosen.input(steps.choose_model, [canvas, chosen, seed], [*everything, truncation, label, space], **options)
        page.unload(steps.leave)
        add_api(editor)
    return page
