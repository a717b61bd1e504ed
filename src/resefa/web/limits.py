"""Limits of requests to the editor."""

from __future__ import annotations

FILE_BYTES = 16 << 20
"""Largest file that the page opens: a project, directions, a code or a photo."""
BODY_BYTES = 24 << 20
"""Largest body of a request: a file of ``FILE_BYTES`` as base64, with space for the rest."""
BODIES_BYTES = 96 << 20
"""Bodies of all requests in progress together."""
BODY_SECONDS = 120.0
"""Time for a body to arrive."""
BODY_VALUES = 1_000_000
"""Commas and opening brackets in a body: a list of empty lists takes a hundred times its text in memory."""
NAME_CHARACTERS = 100
"""Longest name of a function or session in a request; Gradio keeps the names of sessions."""
SESSIONS = 200
"""Sessions of Gradio, which holds a copy of changed components for each; the oldest is forgotten."""
CONNECTIONS = 400
"""Open connections; a further one is answered with 503."""
STOP_SECONDS = 1
"""Time for open connections to end after Ctrl-C; a page holds one as long as it is open."""
