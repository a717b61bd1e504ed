"""Damaged files and interrupted processes."""
