"""The editor's web page: layout, components, and the server that opens it with safe settings.

Gradio reads settings from the environment when it is imported. They are set here, before any module of this package imports it.
"""

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
