"""One direction for many heads: discovery on several images at once, measured on others."""

import resefa

generator = resefa.load("toon-faces-64")  # the default model cut at 64 pixels: faster
directions = resefa.discover(generator, generator.sample(range(4)), "mouth", k=4, space="W")
for seed in range(20, 22):
    measured = resefa.locality(generator, generator.sample(seed), directions[0])
    print(f"seed {seed}: outside {measured.outside:.4f}, random directions {measured.random_outside:.4f}")
