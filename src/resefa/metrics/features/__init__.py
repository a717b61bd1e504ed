"""Networks that look at images: feature extractors for distances between sets, and embeddings of faces."""
