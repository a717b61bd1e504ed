"""Curved edits: paths of a latent code that follow a direction and leave the rest of the image unchanged."""
