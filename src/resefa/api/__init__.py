"""Public calls that join discovery with the refinement of its directions, such as ``resefa.discover``."""
