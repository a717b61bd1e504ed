"""One direction for many faces: discovery on eight images at once, measured on others."""

import resefa

generator = resefa.load("faces-dcgan")
directions = resefa.discover(generator, generator.sample(range(8)), "mouth", k=4)
for seed in range(20, 24):
    measured = resefa.locality(generator, generator.sample(seed), directions[0])
    print(f"seed {seed}: outside {measured.outside:.4f}, random directions {measured.random_outside:.4f}")
