"""Training of StyleGAN2 on drawn toon heads: ``python -m benchmarks.training.stylegan2.train``."""
