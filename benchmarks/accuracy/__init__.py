"""Agreement with independent code, and how local the edits are."""
