"""The editor's web page: layout, components, and the server that opens it with safe settings.

Gradio reads settings from the environment when it is imported. They are set here, before any module of this package imports it.
"""

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
# Read by OpenMP when torch is imported: threads that spin while they wait slow down a browser on the same cores.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
