"""Words for the ends of a slider, against drawn heads whose parts and colours are known: no wrong word, and words where they matter."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

import resefa
from resefa.editor.end_words import KINDS, EndWords, end_words
from resefa.generators.base import BaseGenerator
from resefa.worlds import ToonAttributes, ToonWorld

HEADS = 8


@pytest.fixture(scope="module")
def generator() -> BaseGenerator:
    return resefa.load("toon-faces")


@pytest.fixture(scope="module")
def heads() -> ToonAttributes:
    return ToonWorld().sample(HEADS, seed=4).with_kind("glasses", "none").with_kind("beard", "none")


def drawn(heads: ToonAttributes) -> Tensor:
    return ToonWorld().draw(heads).images


def box(top: float, left: float, height: float, width: float) -> Tensor:
    return resefa.Region.box(top, left, height, width, unit="fraction").weights(256, 256).edit


def words(generator: BaseGenerator, minus: Tensor, original: Tensor, plus: Tensor, region: Tensor) -> list[EndWords]:
    return [end_words(generator, torch.stack(three), region) for three in zip(minus, original, plus, strict=True)]


@pytest.mark.parametrize(
    ("part", "minus", "original", "plus", "region"),
    [
        ("eyes", "humble", "happy", "wink", box(0.3, 0.2, 0.3, 0.6)),
        ("eyes", "happy", "bow", "wide", box(0.3, 0.2, 0.3, 0.6)),
        ("mouth", "laugh", "sad", "agape", box(0.55, 0.3, 0.3, 0.4)),
        ("mouth", "smile", "angry", "laugh", box(0.55, 0.3, 0.3, 0.4)),
        ("glasses", "none", "none", "round", box(0.3, 0.15, 0.35, 0.7)),
        ("glasses", "none", "square", "sunglasses", box(0.3, 0.15, 0.35, 0.7)),
    ],
)
def test_kinds_that_are_said_are_those_drawn(
    generator: BaseGenerator, heads: ToonAttributes, part: str, minus: str, original: str, plus: str, region: Tensor
) -> None:
    before, between, after = (drawn(heads.with_kind(part, kind)) for kind in (minus, original, plus))
    right = {side: KINDS[part][kind].word for side, kind in (("minus", minus), ("plus", plus))}
    said = 0
    for found in words(generator, before, between, after, region):
        for side in ("minus", "plus"):
            for phrase in getattr(found, side):
                name, _, kind = phrase.rpartition(": ")
                # Other parts are as they were, and nothing is said of them; new glasses hide the eyes.
                assert (name or "glasses", kind) == (part, right[side])
                said += 1
    assert said >= HEADS * (1 if minus == original else 2) * 0.6


@pytest.mark.parametrize(("channel", "word"), [(0, "redder"), (2, "bluer")])
def test_the_colour_of_hair(generator: BaseGenerator, heads: ToonAttributes, channel: int, word: str) -> None:
    """Hair in a plain grey, then in the same grey with more of one colour."""
    plain = heads.with_kind("hair", "spiky")
    colours = plain.colours["hair-colour"]
    images = []
    for more in (0.0, 0.0, 0.35):
        colours[:] = 0.45
        colours[:, channel] += more
        images.append(drawn(plain))
    found = words(generator, images[0], images[1], images[2], box(0.0, 0.1, 0.45, 0.8))
    assert all(not one.minus for one in found)
    assert {phrase for one in found for phrase in one.plus} <= {f"hair: {word}", "hair: more purple"}
    assert sum(bool(one.plus) for one in found) >= HEADS * 0.6


def test_hair_that_goes(generator: BaseGenerator, heads: ToonAttributes) -> None:
    bald = heads.with_kind("rear-hair", "none")
    none, spiky = (drawn(bald.with_kind("hair", kind)) for kind in ("none", "spiky"))
    found = words(generator, none, spiky, spiky, box(0.0, 0.1, 0.45, 0.8))
    assert all(not one.plus for one in found)
    assert {phrase for one in found for phrase in one.minus} == {"no hair"}


def test_size_and_colour_of_hair_are_one_phrase(generator: BaseGenerator, heads: ToonAttributes) -> None:
    bald = heads.with_kind("rear-hair", "none")
    images = []
    for kind, level in (("undercut", 0.45), ("undercut", 0.45), ("spiky", 0.95)):
        bald.colours["hair-colour"][:] = level
        images.append(drawn(bald.with_kind("hair", kind)))
    found = words(generator, images[0], images[1], images[2], box(0.0, 0.1, 0.45, 0.8))
    assert {phrase for one in found for phrase in one.plus} <= {"more and lighter hair", "more hair", "hair: lighter"}
    assert sum("more and lighter hair" in one.plus for one in found) >= HEADS * 0.5


def test_an_edit_that_changes_nothing_is_unclear(generator: BaseGenerator, heads: ToonAttributes) -> None:
    image = drawn(heads)[:1]
    found = end_words(generator, image.expand(3, -1, -1, -1), box(0.3, 0.2, 0.3, 0.6))
    assert found == EndWords((), ())
    assert found.caption == "unclear"


def test_the_caption_has_the_form_of_captions() -> None:
    found = EndWords(("eyes: closed",), ("glasses", "also changes the mouth"))
    assert found.caption == "+ glasses, also changes the mouth; - eyes: closed"
    assert EndWords((), ("glasses",)).caption == "+ glasses; - unclear"


def test_colours_are_said_without_a_segmenter_too() -> None:
    """A generator of any images: the region's colour, if it changes as a whole."""
    generator = resefa.wrap(lambda z: z.reshape(-1, 3, 4, 4).tanh(), 48, name="plain", output_range=(-1, 1))
    grey = torch.zeros(3, 32, 32)
    blue, noise = grey.clone(), grey + 0.3 * torch.randn(3, 32, 32, generator=torch.Generator().manual_seed(0))
    blue[2] += 0.5
    region = torch.zeros(32, 32)
    region[8:24, 8:24] = 1
    found = end_words(generator, torch.stack([noise, grey, blue]), region)
    assert found == EndWords((), ("bluer",))


class Halves:
    """A segmenter with parts of its own: the upper and the lower half, called sky and mouth."""

    names, fingerprint = ("sky", "mouth"), "halves"

    def __call__(self, images: Tensor) -> Tensor:
        rows = torch.arange(images.shape[2])[:, None] >= images.shape[2] // 2
        return rows.expand(len(images), *images.shape[2:]).long()


def test_a_segmenter_may_mark_other_parts() -> None:
    generator = resefa.wrap(lambda z: z.reshape(-1, 3, 4, 4).tanh(), 48, name="plain", output_range=(-1, 1))
    generator.segmenter = Halves()
    grey = torch.zeros(3, 32, 32)
    blue = grey.clone()
    blue[2, :16] += 0.5
    region = torch.ones(32, 32)
    assert end_words(generator, torch.stack([grey, grey, blue]), region) == EndWords((), ("sky: bluer",))
    assert end_words(generator, torch.stack([grey, grey, blue.flip(1)]), region) == EndWords((), ())
