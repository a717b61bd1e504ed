"""Starts the editor on hosts that run ``app.py``, such as Hugging Face Spaces. On your own machine: ``resefa ui``."""

import os

from resefa.web.server import Address, launch, require_gradio


def main() -> None:
    """Listen where the host asks; there, and only there, other machines can reach the editor."""
    require_gradio()
    from resefa.web.page import build

    hosted = "SPACE_ID" in os.environ
    address = Address(
        host=os.environ.get("GRADIO_SERVER_NAME", "0.0.0.0" if hosted else "127.0.0.1"),
        port=int(os.environ.get("GRADIO_SERVER_PORT", "7860")),
        embedded_in=("https://huggingface.co",) if hosted else (),
    )
    launch(build(), address)


if __name__ == "__main__":
    main()
