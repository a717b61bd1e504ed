"""The edits that ``resefa demo`` shows, and its texts."""

from __future__ import annotations

from dataclasses import dataclass

CHANGES = {"mouth": 0.1, "eyes": 0.05, "hair": 0.05}
"""Mean squared change inside at strengths -1 and +1. A mouth fills little of its box."""


@dataclass(frozen=True)
class Edit:
    """One edit of the demo.

    Attributes:
        region: a preset of the toon faces.
        seed: of the face.
        index: of the direction, 0 the best.
        title: of its card.
        space: of the direction.
    """

    region: str
    seed: int
    index: int
    title: str
    space: str = "W+"


@dataclass(frozen=True)
class Part:
    """Edits that share a section of the gallery, and a sheet of the same name.

    Attributes:
        name: of the sheet.
        randoms: number of random directions, compared with the first edit, that are shown beside.
    """

    name: str
    title: str
    text: str
    edits: tuple[Edit, ...]
    randoms: int = 0


PARTS = (
    Part(
        "mouth",
        "Mouths",
        "A box on the mouth. The best directions open and close it, or turn it into a smile.",
        (
            Edit("mouth", 5, 0, "From a whistle to a smile"),
            Edit("mouth", 1, 0, "Lips and teeth"),
            Edit("mouth", 2, 1, "More or less of a frown"),
        ),
    ),
    Part(
        "eyes",
        "Eyes",
        "A box on both eyes. The best directions open and close them, and put on glasses.",
        (
            Edit("eyes", 2, 0, "A wink opens, or both eyes close"),
            Edit("eyes", 16, 1, "Glasses on and off"),
            Edit("eyes", 1, 0, "Eyes that close"),
        ),
    ),
    Part(
        "hair",
        "Hair",
        "An outline of the hair. The best directions change its colour or shave it.",
        (
            Edit("hair", 1, 1, "From violet to orange"),
            Edit("hair", 3, 0, "A shave"),
            Edit("hair", 2, 0, "From dark to pale"),
        ),
    ),
    Part(
        "spaces",
        "One region, three latent spaces",
        "The same eyes of the same face, edited in three spaces of the generator. W moves all layers alike; W+ moves each layer by itself; S "
        "moves single channels. The last card is a random direction of W with the same change inside the box. Which sign opens the eyes is chance.",
        (
            Edit("eyes", 2, 0, "W", "W"),
            Edit("eyes", 2, 0, "W+", "W+"),
            Edit("eyes", 2, 0, "S", "S"),
        ),
        randoms=1,
    ),
    Part(
        "limits",
        "Where edits fall short",
        "Not every direction is clear, local or able to go both ways. Where a longer step would change the rest of the picture, resefa stops "
        "and says where the edit ends.",
        (
            Edit("eyes", 3, 0, "Closed eyes cannot close further"),
            Edit("eyes", 3, 1, "A leak: brows and head change too"),
            Edit("mouth", 16, 0, "One sign only"),
        ),
    ),
)
OVERVIEW = ("mouth", "eyes", "hair")
"""The parts of the overview."""
CHOICE = (
    "The nine edits of mouths, eyes and hair were chosen by eye from 72 (eight faces, three regions, three directions each; the "
    "hair was then marked by a box) as clear and local; the last section shows others that are not."
)
INTRO = (
    "Mark a region of a generated picture; resefa finds the latent directions that change this region and leave the rest alone, without "
    "labels and without training. Move a slider, or hold a picture to see the original."
)
FOOTER = (
    "Inside, outside: mean squared change of the region and of the rest, images in [-1, 1], at that strength. At a limit, a longer step "
    "would change the rest of the picture instead."
)
