"""Ten lines: open the mouth of one face, save the direction."""

import resefa

generator = resefa.load("faces-dcgan")
code = generator.sample(seed=4)
region = resefa.Region.box(top=46, left=19, height=14, width=27)
directions = resefa.discover(generator, code, region, k=8)
images = resefa.edit(generator, code, directions[0], strengths=[-2, -1, 0, 1, 2])
directions.save("mouth.safetensors")
resefa.save_images(images, "mouth.gif", size=256)
print(images.shape, directions.status)
