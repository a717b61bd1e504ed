"""Toon heads: ToonHead by Johan Melin (CC BY 4.0) as parts with known attributes, colours, places and masks."""
