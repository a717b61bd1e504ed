"""Checkpoint readers, one per family: from tensors under the family's names to a record."""
