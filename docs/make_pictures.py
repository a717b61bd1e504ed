"""Pictures of the tutorial and of the how-to pages, from the command line itself: python docs/make_pictures.py."""

from __future__ import annotations

import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

PICTURES = Path(__file__).resolve().parent / "pictures"
COMMANDS = """
sample toon-faces --seeds 0-15 -o tutorial_faces.png
region toon-faces --seed 7 --region mouth -o tutorial_region.png
region toon-faces --seeds 1,7,10 --region part:mouth -o tutorial_parts.png
discover toon-faces --seed 7 --region mouth --space W -k 4 -o mouth.safetensors
edit toon-faces mouth.safetensors --direction 0 --change 0.05 --strengths=-1:1:5 -o tutorial_sheet.png
region toon-faces --seed 7 --region '(mouth+eyes)~1% - nose' -o regions_algebra.png
discover toon-faces --seeds 0-3 --region mouth --space W --analysis-resolution 64 --intermediate -k 4 -o many.safetensors
edit toon-faces many.safetensors --seeds 20,22 --change 0.05 --strengths=-1:1:5 -o many_images.png
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for line in COMMANDS.strip().splitlines():
            subprocess.run([sys.executable, "-m", "resefa", *shlex.split(line), "--quiet"], cwd=folder, check=True)
        for picture in Path(folder).glob("*.png"):
            (PICTURES / picture.name).write_bytes(picture.read_bytes())


if __name__ == "__main__":
    main()
