"""Feature extractors for distances between sets of images, and face embeddings."""
