"""Your own module as a generator: any torch.nn.Module or callable from codes to images."""

import torch
from torch import nn

import resefa

network = nn.Sequential(nn.Linear(16, 3 * 8 * 8), nn.Tanh(), nn.Unflatten(1, (3, 8, 8)))
generator = resefa.wrap(network, latent_shape=(16,), output_range=(-1, 1), name="my model")
region = resefa.Region.ellipse(top=2, left=2, height=4, width=4)
directions = resefa.discover(generator, torch.zeros(1, 16), region, k=2)
print(directions.eigenvalues.tolist())
