from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from resefa.errors import OutputError, UsageError
from resefa.presentation.gallery import LARGEST, GalleryEdit, GalleryMeasure, GallerySection, save_gallery
from resefa.presentation.html import EXACT

HOSTILE = '</title></style><script>alert(\'x\')</script>" onload="alert(1)" $title ${cards} & é'


def picture(value: int, side: int = 8) -> Image.Image:
    return Image.new("RGB", (side, side), (value, 40, 90))


def edit(title: str = "mouth #0", count: int = 5, outside=0.01, other: float | None = 0.2) -> GalleryEdit:
    strengths = np.linspace(-1, 1, count).tolist()
    frames = [picture(40 * i) for i in range(count)]
    measures = [GalleryMeasure(1.0, 0.05, outside, other)]
    return GalleryEdit(title, frames, strengths, picture(1), picture(2), measures, details={"Eigenvalue": "12.2"})


class Page(HTMLParser):
    """Tags with their attributes, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def saved(tmp_path, sections, **texts) -> Page:
    save_gallery(tmp_path / "page.html", texts.get("title", "t"), texts.get("intro", "i"), sections, "f")
    return Page((tmp_path / "page.html").read_text(encoding="utf-8"))


def test_every_text_is_escaped(tmp_path):
    hostile = replace(edit(HOSTILE), details={HOSTILE: HOSTILE}, notes=[HOSTILE])
    page = saved(tmp_path, [GallerySection(HOSTILE, HOSTILE, [hostile], HOSTILE)], title=HOSTILE, intro=HOSTILE)
    assert len(page.of("script")) == 1 and len(page.of("title")) == 1
    assert not [attributes for _, attributes in page.tags if any(name.startswith("on") for name in attributes)]
    # Title, heading, intro, section and its two texts, card, its note and its detail's two cells: all arrive as they were.
    assert page.text.count(HOSTILE) == 10


def test_characters_that_a_browser_obeys_or_hides_are_shown_as_escapes(tmp_path):
    page = saved(tmp_path, [GallerySection("a\u202eb", "\u200b", [edit("日本 שלום \x1b[31m")])])
    assert "a\\u202eb" in page.text and "\\u200b" in page.text and "日本 שלום \\x1b[31m" in page.text
    assert not set(page.text) & set("\u202e\u200b\x1b")


def test_all_is_embedded(tmp_path):
    page = saved(tmp_path, [GallerySection("s", "t", [edit(), edit()])])
    sources = [attributes["src"] for attributes in page.of("img")]
    assert len(sources) == 2 * (5 + 3) and all(source.startswith("data:image/webp;base64,") for source in sources)
    assert all(attributes["alt"] for attributes in page.of("img"))
    assert {link["href"] for link in page.of("link")} == {"data:,"} and "src" not in page.of("script")[0]


def test_small_embedded_frames_are_exact_and_large_ones_shrunk(tmp_path):
    # Incompressible, so that its address is longer than any line of text may be.
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (EXACT, EXACT, 3), dtype=np.uint8))
    large = picture(9, LARGEST + 100)
    page = saved(tmp_path, [GallerySection("s", "t", [GalleryEdit("e", [noise], [0.0], large, large)])])
    first, *others = [
        Image.open(io.BytesIO(base64.b64decode(attributes["src"].partition(",")[2]))) for attributes in page.of("img")
    ]
    assert np.array_equal(np.asarray(first), np.asarray(noise))
    assert max(max(image.size) for image in others) == LARGEST


def test_the_frame_nearest_to_zero_is_the_original_even_at_an_end(tmp_path):
    one_sided = replace(edit(count=3), strengths=[0.0, 1.0, 2.0])
    page = saved(tmp_path, [GallerySection("s", "t", [one_sided])])
    assert page.of("article")[0]["data-original"] == "0"
    images = [attributes["src"] for attributes in page.of("img")]
    assert images.count(images[0]) == 2  # Large, and first in the strip.


def test_strengths_are_signed_and_zero_is_not(tmp_path):
    page = saved(tmp_path, [GallerySection("s", "t", [replace(edit(), strengths=[-1.5, -0.75, -0.0, 0.75, 1 / 3])])])
    alts = [attributes["alt"] for attributes in page.of("img") if attributes["alt"].startswith("strength")]
    assert alts == ["strength −1.5", "strength −0.75", "strength 0", "strength +0.75", "strength +0.333"]


@pytest.mark.parametrize(
    ("bars", "verdict", "widths"),
    [
        ((0.01, 0.2), "20× less than random directions", [5.0, 100.0]),
        ((0.08, 0.2), "2.5× less than random directions", [40.0, 100.0]),
        ((0.2, 0.1), "no less than random directions", [100.0, 50.0]),
        ((0.0, 0.1), "none at all", [0.0, 100.0]),
    ],
)
def test_the_bars_compare_with_a_random_direction_and_do_not_flatter(tmp_path, bars, verdict, widths):
    page = saved(tmp_path, [GallerySection("s", "t", [edit(outside=bars[0], other=bars[1])])])
    assert verdict in page.text and "At +1: 0.0500 inside the region" in page.text
    assert not re.search(r"[.;:][A-Za-z]", page.text.split("How to read")[1].split("Strength")[0]), "a space is missing"
    drawn = [float(re.search(r"width:([\d.]+)%", bar["style"])[1]) for bar in page.of("b")]
    assert drawn == pytest.approx(widths)


def test_bars_of_several_strengths_share_a_scale_and_each_number_is_there_once(tmp_path):
    measures = [GalleryMeasure(-1.0, 0.05, 0.01, 0.1), GalleryMeasure(1.0, 0.04, 0.02, 0.2)]
    page = saved(tmp_path, [GallerySection("s", "t", [replace(edit(), measures=measures)])])
    drawn = [float(re.search(r"width:([\d.]+)%", bar["style"])[1]) for bar in page.of("b")]
    assert drawn == pytest.approx([5.0, 50.0, 10.0, 100.0])
    assert "10× less than random directions" in page.text and "At −1: 0.0500 inside" in page.text
    assert [page.text.count(number) for number in ("0.0100", "0.1000", "0.0200", "0.2000")] == [1, 1, 1, 1]


def test_without_a_comparison_there_is_no_verdict(tmp_path):
    page = saved(tmp_path, [GallerySection("s", "t", [edit(other=None)])])
    assert [bar["style"] for bar in page.of("b")] == ["width:100.0%", "width:20.0%"] and "random" not in page.text


@pytest.mark.parametrize("values", [(float("nan"), 1.0), (1.0, float("inf"))])
def test_without_measured_values_there_are_no_bars(tmp_path, values):
    assert not saved(tmp_path, [GallerySection("s", "t", [edit(outside=values[0], other=values[1])])]).of("b")
    assert not saved(tmp_path, [GallerySection("s", "t", [replace(edit(), measures=[])])]).of("b")


def test_without_a_region_nothing_speaks_of_one(tmp_path):
    page = saved(tmp_path, [GallerySection("s", "t", [replace(edit(), region=None, measures=[])])])
    assert "region" not in page.text.lower()
    assert len(page.of("figure")) == 1


def test_what_was_not_reached_is_said_and_the_heat_map_has_numbers(tmp_path):
    save_gallery(
        tmp_path / "page.html", "t", "i", [GallerySection("s", "t", [replace(edit(), notes=["-1 reaches 0.02 of 0.05"])])], heat_top=0.25
    )  # fmt: skip
    page = Page((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert "−1 reaches 0.02 of 0.05" in page.text and "0.25 or more" in page.text


def test_a_limit_is_said_at_its_picture(tmp_path):
    limited = replace(edit(count=3), limits=["limit reached: 0.02 of 0.05", "", ""])
    page = saved(tmp_path, [GallerySection("s", "t", [limited])])
    assert [item.get("data-limit") for item in page.of("li")] == ["limit reached: 0.02 of 0.05", None, None]
    assert any(image["alt"] == "strength −1, limit reached: 0.02 of 0.05" for image in page.of("img"))
    assert "grey label" in page.text
    assert "grey label" not in saved(tmp_path, [GallerySection("s", "t", [edit()])]).text


def test_sections_are_linked_from_the_top(tmp_path):
    page = saved(tmp_path, [GallerySection("mouth", "t", [edit()]), GallerySection("eyes", "t", [edit()])])
    assert [link["href"] for link in page.of("a")] == [f"#{section['id']}" for section in page.of("section")]
    assert not saved(tmp_path, [GallerySection("mouth", "t", [edit()])]).of("a")


def test_paragraphs_are_kept(tmp_path):
    page = saved(tmp_path, [], intro="first\n\nsecond")
    assert len([p for p in page.of("p") if p.get("class") == "intro"]) == 2


def test_strengths_that_do_not_match_the_frames_are_refused_and_nothing_is_written(tmp_path):
    for wrong in (replace(edit(), strengths=[0.0]), replace(edit(), frames=[], strengths=[])):
        with pytest.raises(UsageError, match="frames and .* strengths"):
            saved(tmp_path, [GallerySection("s", "t", [wrong])])
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="could not be written"):
        save_gallery(tmp_path / "file" / "page.html", "t", "i", [])
