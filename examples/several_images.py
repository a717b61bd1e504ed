"""One direction for many faces: discovery on eight images at once, judged on others."""

import resefa

generator = resefa.load("faces-dcgan")
directions = resefa.discover(generator, generator.sample(range(8)), "mouth", k=4)
for seed in range(20, 24):
    found = resefa.locality(generator, generator.sample(seed), directions[0])
    print(f"seed {seed}: outside {found.outside:.4f}, a random direction's {found.random_outside:.4f}")
