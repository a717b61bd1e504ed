"""Programs that train the networks of the package, and draw what they learn from."""
