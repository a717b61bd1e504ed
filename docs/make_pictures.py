"""Pictures of the tutorial, the how-to pages and the reference, from the command line itself: python docs/make_pictures.py."""

from __future__ import annotations

import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

PICTURES = Path(__file__).resolve().parent / "pictures"
COMMANDS = """
sample toon-faces --seeds 0-15 -o tutorial_faces.png
region toon-faces --seed 7 --region mouth -o tutorial_region.png
region toon-faces --seeds 1,7,10 --region part:mouth -o tutorial_parts.png
discover toon-faces --seed 7 --region mouth --space W -k 4 -o mouth.safetensors
edit toon-faces mouth.safetensors --direction 0 --change 0.05 --strengths=-1:1:5 -o tutorial_sheet.png
region toon-faces --seed 7 --region '(mouth+eyes)~1% - nose' -o regions_algebra.png
discover toon-faces --seeds 0-3 --region mouth --space W --analysis-resolution 64 --intermediate -k 4 -o many.safetensors
discover toon-faces-64 --seed 4 --region mouth --space W -k 2 -o curved_mouth.safetensors
edit toon-faces-64 curved_mouth.safetensors --curved --with-straight --strengths=-1:1:5 -o curved_edits.png
edit toon-faces many.safetensors --seeds 20,22 --change 0.05 --strengths=-1:1:5 -o many_images.png
"""

OVERVIEW = ("overview.png", "overview.webp")
HEADS = "worlds draw --count 8 --seed 4 --size 128 --output heads"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for line in COMMANDS.strip().splitlines():
            run(line, folder)
        run(HEADS, folder)
        run("demo --output demo", folder)
        for name in OVERVIEW:
            (PICTURES / name).write_bytes((Path(folder) / "demo" / name).read_bytes())
        drawn_heads(Path(folder) / "heads").save(Path(folder) / "world_heads.png", optimize=True)
        for picture in Path(folder).glob("*.png"):
            (PICTURES / picture.name).write_bytes(picture.read_bytes())


def run(line: str, folder: str) -> None:
    """Run a command of resefa in a folder."""
    subprocess.run([sys.executable, "-m", "resefa", *shlex.split(line), "--quiet"], cwd=folder, check=True)


def drawn_heads(folder: Path) -> Image.Image:
    """Pictures of a data set side by side, and their label maps below."""
    rows = [[Image.open(path) for path in sorted((folder / name).glob("*.png"))] for name in ("images", "labels")]
    side = rows[0][0].width
    sheet = Image.new("RGB", (side * len(rows[0]), side * len(rows)))
    for y, row in enumerate(rows):
        for x, picture in enumerate(row):
            sheet.paste(picture.convert("RGB"), (x * side, y * side))
    return sheet


if __name__ == "__main__":
    main()
