"""Pages are opened in a real browser."""

from reference.browser import open_page

__all__ = ["open_page"]
