"""Objectives: the features of the image that an edit changes, and the features that it leaves unchanged."""
