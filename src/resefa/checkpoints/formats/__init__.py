"""Formats of other projects, translated to the tensor names that this project's readers take; one file for each."""
