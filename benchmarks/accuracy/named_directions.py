"""The named directions of toon-faces that are part of resefa: discovers, writes and measures them. Takes an hour.

python benchmarks/run.py run named_directions                    # measure the shipped directions on seeds 100 to 111
python benchmarks/run.py run named_directions --make             # discover them on seeds 0 to 47 and write their files first
"""

from __future__ import annotations

import argparse

import torch

import resefa
from resefa.directions.library import SHIPPED
from resefa.worlds import AttributeReader

NAMES = {"laugh": (0, "laugh")}
"""Name -> index among the directions of the mouth, and the kind of mouth that the reader should see at strength 1."""
MODELS = ("toon-faces", "toon-faces-64")
FOUND_ON, MEASURED_ON, PROBES = range(48), range(100, 112), range(200, 208)
REGION, SPACE, PROBE = "mouth", "W", 3.0


def make() -> None:
    """Discover the directions on the 64 px images, and store them for both models, each with the sign that gives its kind."""
    small, large = (resefa.load(name) for name in reversed(MODELS))
    found = resefa.discover(small, small.sample(FOUND_ON), REGION, k=3, space=SPACE)
    reader = AttributeReader()
    for name, (index, kind) in NAMES.items():
        direction = found[index]
        images = resefa.edit(large, large.sample(PROBES), direction.without_region(), [-PROBE, PROBE])
        fewer, more = (reader.read(images[:, i]).kinds("mouth").count(kind) for i in (0, 1))
        vectors = direction.vector[None] * (1.0 if more >= fewer else -1.0)
        for generator in (small, large):
            origin = resefa.directions.Provenance(
                method="resefa", model=generator.name, fingerprint=generator.fingerprint, space=SPACE, truncation=1.0,
                noise="constant", seeds=tuple(FOUND_ON), analysis_resolution=(64, 64), solver="cholesky",
            )  # fmt: skip
            region = resefa.Region.parse(REGION, generator.presets)
            directions = resefa.Directions(vectors, provenance=origin).with_region(region, generator.resolution)
            resefa.NamedDirections(generator, SHIPPED).add(name, directions[0], replace=True)
    (SHIPPED / ".lock").unlink()


def measure() -> None:
    """Print, for each name, the number of heads that the reader sees with its kind of mouth, before and after the edit."""
    generator, reader = resefa.load(MODELS[0]), AttributeReader()
    library = resefa.NamedDirections(generator)
    rows: list[list[str]] = []
    for name, (_, kind) in NAMES.items():
        before = reader.read(generator.synthesize(generator.sample(MEASURED_ON)))
        edited = resefa.edit(generator, generator.sample(MEASURED_ON), library[name], [1.0], change=0.05)[:, 0]
        after = reader.read(edited)
        kinds = [each.kinds("mouth") for each in (before, after)]
        others = [one for one in reader.accurate if one != "mouth"]
        kept = sum(all(before.kinds(one)[i] == after.kinds(one)[i] for one in others) for i in range(len(MEASURED_ON)))
        rows.append([name, kind, *(str(each.count(kind)) for each in kinds), str(kept), str(len(MEASURED_ON))])
    heads = ["name", "kind of mouth", "before", "after", "no other kind changed", "heads"]
    print("\n".join(" | ".join(row) for row in [heads, *rows]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--make", action="store_true", help="discover the directions and write their files first")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.make:
        make()
    measure()


if __name__ == "__main__":
    main()
