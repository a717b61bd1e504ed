"""Family name of a checkpoint record -> the class that builds its generator. A new family adds one line."""

from __future__ import annotations

from resefa.generators.dcgan import DCGANGenerator

FAMILIES = {"dcgan": DCGANGenerator}
