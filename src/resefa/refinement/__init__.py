"""Refinement of discovered directions by measurement on images: distinct directions, orientation, strength ranges, captions."""
