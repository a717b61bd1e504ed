"""Ten lines: open the mouth of one head, save the direction."""

import resefa

generator = resefa.load("toon-faces")
code = generator.sample(seed=5)
region = resefa.Region.box(top=172, left=96, height=46, width=64)
directions = resefa.discover(generator, code, region, k=4, space="W")
images = resefa.edit(generator, code, directions[0], strengths=[-1, -0.5, 0, 0.5, 1], change=0.05)
directions.save("mouth.safetensors")
resefa.save_images(images, "mouth.gif")
print(images.shape, directions.status)
