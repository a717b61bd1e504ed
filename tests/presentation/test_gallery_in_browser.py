"""The page as a visitor meets it: opened from disk in a real Chromium, moved by keyboard and mouse."""

from __future__ import annotations

import pytest
from PIL import Image

from resefa.presentation.gallery import GalleryEdit, GalleryMeasure, GallerySection, save_gallery

CARDS = "[...document.querySelectorAll('.card')]"
VISIBLE = f"""{CARDS}.map(card => {{
  const shown = [...card.querySelectorAll('.stage img')].filter(image => getComputedStyle(image).visibility == 'visible');
  const strip = [...card.querySelectorAll('.strip img')].map(image => image.src);
  return shown.length == 1 ? strip.indexOf(shown[0].src) : 'shown: ' + shown.length;
}})"""
STRENGTHS = f"{CARDS}.map(card => card.querySelector('output').textContent)"


@pytest.fixture
def page(tmp_path):
    def edit(title: str, count: int) -> GalleryEdit:
        frames = [Image.new("RGB", (32, 32), (20 * i, 80, 120)) for i in range(count)]
        strengths = [i - count // 2 for i in range(count)]
        return GalleryEdit(title, frames, strengths, frames[0], frames[1], [GalleryMeasure(1.0, 0.1, 0.1, 1.0)])

    sections = [
        GallerySection("mouth", "text", [edit("<script>alert(1)</script>", 5), edit("two", 3)]),
        GallerySection("eyes", "text", [edit("three", 5)]),
    ]
    save_gallery(tmp_path / "page.html", "A gallery", "intro", sections)
    return tmp_path / "page.html"


def test_it_opens_at_the_originals_without_complaint_and_asks_for_nothing(page, open_page):
    browser = open_page(page)
    assert browser.run(VISIBLE) == [2, 1, 2]
    assert browser.run(STRENGTHS) == ["0", "0", "0"]
    assert browser.run("[...document.images].every(image => image.complete && image.naturalWidth == 32)")
    assert browser.complaints() == []
    assert browser.requests() == [page.as_uri()]


def test_the_keyboard_moves_the_slider_and_the_slider_the_picture(page, open_page):
    browser = open_page(page)
    browser.run("document.querySelector('.one').focus()")
    browser.press("ArrowRight")
    assert browser.run(VISIBLE) == [3, 1, 2]
    assert browser.run(STRENGTHS) == ["+1", "0", "0"]
    assert browser.run("document.querySelector('.one').getAttribute('aria-valuetext')") == "strength +1"
    browser.press("Home")
    assert browser.run(VISIBLE) == [0, 1, 2]
    assert browser.run("document.querySelector('.strip li.on span').textContent") == "−2"
    assert browser.complaints() == []


def test_the_master_slider_moves_the_cards_of_its_section_whatever_their_number_of_frames(page, open_page):
    browser = open_page(page)
    browser.run("document.querySelector('.all').focus()")
    browser.press("End")
    assert browser.run(VISIBLE) == [4, 2, 2]
    browser.press("Home")
    assert browser.run(VISIBLE) == [0, 0, 2]


def test_play_runs_back_and_forth_until_it_is_pressed_again(page, open_page):
    browser = open_page(page)
    button = "document.querySelector('.play')"
    browser.run(f"{button}.focus()")
    browser.press(" ")
    assert browser.run(f"{button}.textContent") == "Pause"
    browser.wait(lambda: browser.run(VISIBLE)[0] == 4)
    browser.wait(lambda: browser.run(VISIBLE)[0] == 0)
    browser.press(" ")
    assert browser.run(f"{button}.textContent") == "Play"
    halted = browser.run(VISIBLE)
    browser.run("new Promise(done => setTimeout(done, 500))")
    assert browser.run(VISIBLE) == halted and halted[2] == 2
    assert browser.complaints() == []


def test_a_hand_on_a_slider_ends_the_play(page, open_page):
    browser = open_page(page)
    browser.run("document.querySelector('.play').click(); document.querySelectorAll('.one')[1].focus()")
    browser.press("Home")
    assert browser.run("document.querySelector('.play').textContent") == "Play"
    assert browser.run(VISIBLE)[1] == 0


def test_a_thumbnail_shows_its_frame_and_a_held_picture_its_original(page, open_page):
    browser = open_page(page)
    browser.run("document.querySelectorAll('.strip li')[4].click()")
    assert browser.run(VISIBLE) == [4, 1, 2]
    browser.mouse("mousePressed", "document.querySelector('.stage')")
    assert browser.run(VISIBLE) == [2, 1, 2]
    browser.mouse("mouseReleased", "document.querySelector('.stage')")
    assert browser.run(VISIBLE) == [4, 1, 2]


def test_a_first_visit_sees_one_round_that_ends_at_the_originals(page, open_page):
    browser = open_page(page, still=False)
    browser.resize(1400, 900)
    browser.wait(lambda: browser.run(VISIBLE)[0] == 4)
    browser.wait(lambda: browser.run("document.querySelector('.play').textContent") == "Play")
    assert browser.run(VISIBLE)[:2] == [2, 1]


def test_without_javascript_the_strips_are_there_and_the_controls_are_not(page, open_page):
    browser = open_page(page, javascript=False)
    assert browser.run(VISIBLE) == [2, 1, 2]
    assert browser.run(f"{CARDS}.map(card => card.querySelectorAll('.strip img').length)") == [5, 3, 5]
    assert browser.run("[...document.querySelectorAll('input, button')].every(control => !control.checkVisibility())")


def test_between_two_pictures_the_page_blends_them_and_the_arrow_leads_to_a_picture(page, open_page):
    browser = open_page(page)
    opacities = "[...document.querySelectorAll('.card')[0].querySelectorAll('.face')].map(i => Number(i.style.opacity))"
    browser.run("(s => { s.value = 0.25; s.dispatchEvent(new Event('input')); })(document.querySelector('.one'))")
    assert browser.run(opacities) == [1, 0.25] and browser.run(STRENGTHS)[0] == "+0.25"
    browser.run("document.querySelector('.one').focus()")
    browser.press("ArrowRight")
    assert browser.run(VISIBLE)[0] == 3 and browser.run(opacities) == [1]


def test_the_button_shows_the_original_as_long_as_a_key_holds_it(page, open_page):
    browser = open_page(page)
    browser.run("document.querySelectorAll('.strip li')[4].click(); document.querySelector('.before').focus()")
    browser.call("Input.dispatchKeyEvent", type="keyDown", key=" ", code="Space", windowsVirtualKeyCode=32, text=" ")
    assert browser.run(VISIBLE)[0] == 2
    browser.call("Input.dispatchKeyEvent", type="keyUp", key=" ", code="Space", windowsVirtualKeyCode=32)
    assert browser.run(VISIBLE)[0] == 4 and browser.complaints() == []


def test_a_limit_is_shown_on_the_picture_and_the_other_cards_go_further(tmp_path, open_page):
    def frames(count: int) -> list[Image.Image]:
        return [Image.new("RGB", (32, 32), (20 * i, 80, 120)) for i in range(count)]

    limited = GalleryEdit(
        "one", frames(3), [-1.0, 0.0, 0.5], None, frames(1)[0], limits=["", "", "limit reached: 0.02 of 0.05"]
    )
    free = GalleryEdit("two", frames(5), [-1.0, -0.5, 0.0, 0.5, 1.0], None, frames(1)[0])
    save_gallery(tmp_path / "page.html", "t", "i", [GallerySection("mouth", "text", [limited, free])])
    browser = open_page(tmp_path / "page.html")
    badges = f"{CARDS}.map(card => card.querySelector('.badge')).map(one => one.checkVisibility() && one.textContent)"
    assert browser.run(badges) == [False, False]
    browser.run("document.querySelector('.all').focus()")
    browser.press("End")
    assert browser.run(VISIBLE) == [2, 4] and browser.run(badges) == ["limit reached: 0.02 of 0.05", False]
    browser.press("ArrowLeft")
    browser.press("ArrowLeft")
    assert browser.run(VISIBLE) == [1, 2] and browser.run(badges) == [False, False]


@pytest.mark.parametrize("width", [320, 400, 768, 1400, 2200])
def test_nothing_runs_off_the_screen_at_any_width(page, open_page, width):
    browser = open_page(page)
    browser.resize(width, 900)
    assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.run("innerWidth") == width
