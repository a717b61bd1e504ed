"""Formats in which people hold generators: each file knows one, and translates it to the names that a family's reader takes.

A format is a module with ``NAME``, ``recognises(content)`` on a mapping of the file, and ``record(content, name, settings)``.
"""
