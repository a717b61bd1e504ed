"""Pure PyTorch networks, one folder per family, without imports of the rest of resefa except types, errors and the primal cache."""
