"""Checkpoint formats of other projects, one module each, translated to the tensor names of a family's reader.

A format is a module with ``NAME``, ``recognises(content)`` on a mapping of the file, and ``record(content, name, settings)``.
"""
