"""The components in a real browser, with mouse, touch and keyboard, on a page with a server of a few lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("gradio", reason="gradio is not installed: pip install 'resefa[editor]'")
from web.editor_page import HOSTILE, SIZE, FakeServer, spotted
from web.person import Person


@pytest.fixture(scope="module")
def address(served: Any) -> tuple[FakeServer, str]:
    fake = FakeServer()
    return fake, served(fake.page()).url


@pytest.fixture
def fake(address: tuple[FakeServer, str]) -> FakeServer:
    one = address[0]
    one.calls.clear()
    one.gone, one.slow, one.most_flying = set(), 0.0, 0
    return one


def opened(context: Any, url: str) -> Any:
    """The page with its first picture; an exception in a script fails the test that closes the page."""
    page = context.new_page()
    page.failures = []
    page.on("pageerror", lambda error: page.failures.append(str(error)))
    page.goto(url)
    page.wait_for_selector(".stage.filled")
    page.wait_for_selector(".card")
    return page


@pytest.fixture
def page(context: Any, fake: FakeServer, address: tuple[FakeServer, str]) -> Iterator[Any]:
    one = opened(context, address[1])
    yield one
    assert one.failures == []


def point(page: Any, row: float, col: float) -> tuple[float, float]:
    """Screen coordinates of a place on the picture."""
    stage = page.locator(".stage").bounding_box()
    return stage["x"] + col * stage["width"], stage["y"] + row * stage["height"]


def drag(page: Any, *places: tuple[float, float], steps: int = 8) -> None:
    page.mouse.move(*point(page, *places[0]))
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*point(page, *place), steps=steps)
    page.mouse.up()


def grey(page: Any) -> float:
    """Mean level of the picture that is painted."""
    return page.evaluate(
        """() => { const c = document.querySelector(".picture"); const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
        let s = 0; for (let i = 0; i < d.length; i += 4) s += d[i]; return s / (d.length / 4); }"""
    )


def until_grey(page: Any, level: float) -> None:
    page.wait_for_function(
        """(level) => document.querySelector(".picture").getContext("2d").getImageData(5, 5, 1, 1).data[0] === level""",
        arg=level,
    )


def searched(page: Any) -> None:
    """Waits until the search has ended, both cards are in their final order and have glided to their places."""
    page.wait_for_function(
        """() => [...document.querySelectorAll(".card .name")].map((n) => n.textContent).join() === "Edit two,Edit one" &&
        document.querySelector(".progress").hidden && document.querySelector(".list").getAnimations({ subtree: true }).length === 0"""
    )


def painted(page: Any) -> None:
    """Waits until the page has painted what it was told before."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def answered(page: Any) -> None:
    """Waits until the exact picture of the sliders' positions is there, and no further request is due."""
    page.wait_for_function("() => resefa.timings.length > 0 && !resefa.moves.busy")


def slider(page: Any, name: str = "Edit one") -> Any:
    return page.get_by_role("slider", name=f"{name}, percent")


def slide(page: Any, to: float, hold: bool = False) -> None:
    """Drags the first slider from its middle to ``to`` (-1 to 1)."""
    track = slider(page)
    # At once: a page that has just loaded may replace the card while Playwright waits for it to stand still.
    track.evaluate("element => element.scrollIntoView({ block: 'nearest' })")
    box = track.bounding_box()
    middle, reach = box["x"] + box["width"] / 2, box["width"] / 2 - 9  # half a thumb
    page.mouse.move(middle, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(middle + to * reach, box["y"] + box["height"] / 2, steps=6)
    if not hold:
        page.mouse.up()


@pytest.mark.parametrize(
    ("width", "density", "zooms"), [(390, 3, 0), (820, 1.5, 2), (1280, 1, 0), (1280, 1, 3), (1920, 2, 1)]
)
def test_a_box_is_where_the_mouse_drew_it(
    browser: Any, fake: FakeServer, address: tuple[FakeServer, str], width: int, density: float, zooms: int
) -> None:
    """To the nearest pixel of the picture, and painted there to 1.5 pixels of the screen, at every size, zoom and density."""
    context = browser.new_context(viewport={"width": width, "height": 900}, device_scale_factor=density)
    page = opened(context, address[1])
    for _ in range(zooms):
        page.get_by_role("button", name="Zoom in").click()
    page.locator(".viewport").evaluate("node => node.scrollIntoView({block: 'center'})")
    view, stage = page.locator(".viewport").bounding_box(), page.locator(".stage").bounding_box()
    left, top = max(view["x"], stage["x"]) + 31.3, view["y"] + 22.6
    right, bottom = left + 140.4, top + 97.7
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(right, bottom, steps=5)
    page.mouse.up()
    box = fake.wait("input")["shapes"][0]["box"]
    edges = [box[0], box[1], box[0] + box[2], box[1] + box[3]]
    drawn = [(top - stage["y"]) / stage["height"], (left - stage["x"]) / stage["width"]]
    drawn += [(bottom - stage["y"]) / stage["height"], (right - stage["x"]) / stage["width"]]
    assert max(abs(edge - place) for edge, place in zip(edges, drawn, strict=True)) * SIZE <= 0.51
    assert all(abs(edge * SIZE - round(edge * SIZE)) < 1e-9 for edge in edges)
    painted(page)
    filled = page.evaluate(
        """([row, col]) => { const c = document.querySelector(".overlay"), g = c.getContext("2d");
        const x = Math.round(col * c.width), y = Math.round(row * c.height), tint = g.getImageData(x, y, 1, 1).data[3];
        const reach = (dx, dy) => { let n = 0; while (g.getImageData(x + n * dx, y + n * dy, 1, 1).data[3] === tint) n++; return n; };
        return [(y - reach(0, -1) + 1) / c.height, (x - reach(-1, 0) + 1) / c.width, (y + reach(0, 1)) / c.height, (x + reach(1, 0)) / c.width]; }""",
        [(edges[0] + edges[2]) / 2, (edges[1] + edges[3]) / 2],
    )
    sizes = [stage["height"], stage["width"]] * 2
    assert max(abs(a - b) * size for a, b, size in zip(filled, edges, sizes, strict=True)) < 1.5
    assert page.failures == []
    context.close()


def test_a_new_box_replaces_the_region_and_shift_adds_to_it(page: Any, fake: FakeServer) -> None:
    drag(page, (0.2, 0.2), (0.4, 0.4))
    drag(page, (0.5, 0.5), (0.7, 0.7))
    assert len(fake.wait("input", 2)["shapes"]) == 1
    page.keyboard.down("Shift")
    drag(page, (0.1, 0.6), (0.3, 0.8))
    page.keyboard.up("Shift")
    assert len(fake.wait("input", 3)["shapes"]) == 2
    page.get_by_role("radio", name="Protect").click()
    drag(page, (0.8, 0.1), (0.9, 0.4))
    assert [shape["mode"] for shape in fake.wait("input", 4)["shapes"]] == ["edit", "edit", "protect"]


def test_a_brush_stroke_is_thinned_and_sent_once_the_hand_rests(page: Any, fake: FakeServer) -> None:
    page.get_by_role("radio", name="Brush").click()
    wave = [(0.5 + 0.3 * (-1) ** i * (1 - i / 40), 0.1 + i * 0.02) for i in range(40)]
    drag(page, *wave, steps=3)
    drag(page, (0.2, 0.2), (0.2, 0.3))
    value = fake.wait("input")
    assert [shape["kind"] for shape in value["shapes"]] == ["stroke", "stroke"]
    assert 40 <= len(value["shapes"][0]["points"]) <= 200
    assert set(value["shapes"][0]) == {"kind", "mode", "points", "radius"}
    assert value["token"].startswith("t")
    page.get_by_role("radio", name="Erase").click()
    page.mouse.click(*point(page, 0.2, 0.25))
    erased = fake.wait("input", 2)["shapes"][-1]
    assert erased["mode"] == "erase"
    assert len(erased["points"]) == 1


def test_an_outline_closes_at_its_first_point(page: Any, fake: FakeServer) -> None:
    page.get_by_role("radio", name="Outline").click()
    for place in [(0.2, 0.2), (0.2, 0.6), (0.9, 0.9), (0.6, 0.4)]:
        page.mouse.click(*point(page, *place))
    page.keyboard.press("Backspace")  # takes the last point back
    page.mouse.click(*point(page, 0.205, 0.195))
    shape = fake.wait("input")["shapes"][0]
    assert shape["kind"] == "polygon"
    assert [[round(row, 1), round(col, 1)] for row, col in shape["points"]] == [[0.2, 0.2], [0.2, 0.6], [0.9, 0.9]]
    assert set(shape) == {"kind", "mode", "points"}


def test_a_box_by_keyboard(page: Any, fake: FakeServer) -> None:
    page.locator(".stage").focus()
    for key in ["ArrowUp"] * 5 + ["Enter"] + ["Shift+ArrowRight"] * 2 + ["Shift+ArrowDown", "Enter"]:
        page.keyboard.press(key)
    assert fake.wait("input")["shapes"][0]["box"] == pytest.approx([0.4, 0.5, 0.1, 0.2], abs=1 / SIZE)
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    assert page.locator(".canvas .status").inner_text() == "Cancelled."
    assert len(fake.of("input")) == 1


def test_undo_and_redo_cover_region_and_sliders(page: Any, fake: FakeServer) -> None:
    page.get_by_role("button", name="mouth", exact=True).click()
    preset = {"kind": "preset", "mode": "edit", "name": "mouth"}
    assert fake.wait("input")["shapes"] == [preset]
    searched(page)
    slide(page, 0.5)
    answered(page)
    before = len(fake.of("move"))
    page.keyboard.press("Control+z")
    assert fake.wait("move", before + 1)["positions"]["one"] == 0
    assert len(fake.of("input")) == 1
    page.keyboard.press("Control+z")
    assert fake.wait("input", 2)["shapes"] == []
    page.keyboard.press("Control+Shift+z")
    assert fake.wait("input", 3)["shapes"] == [preset]
    page.get_by_role("button", name="Clear the region").click()
    assert fake.wait("input", 4)["shapes"] == []


def test_cards_that_arrive_in_quick_succession_are_all_kept(page: Any, fake: FakeServer) -> None:
    """Cards come once each, in separate updates; the last update only gives their order."""
    page.locator(".card").first.evaluate("node => node.dataset.before = '1'")
    drag(page, (0.2, 0.2), (0.4, 0.4))
    searched(page)
    assert page.locator(".card[data-before]").count() == 1  # the card of the same id was kept, not rebuilt


def test_frames_are_blended_while_the_hand_moves_and_the_exact_picture_follows(page: Any, fake: FakeServer) -> None:
    fake.slow = 0.3
    slide(page, 0.5, hold=True)
    painted(page)
    moved = page.evaluate("resefa.parts.cards.positions().one")
    assert 0.4 < moved < 0.6
    assert grey(page) == pytest.approx(100 + 60 * moved, abs=1)  # frames: 40, 100, 160 at -1, 0, 1
    page.mouse.up()
    fake.wait("move")
    slide(page, -1)
    slide(page, -0.5)
    page.wait_for_function("() => resefa.timings.length >= 2")
    page.wait_for_function("() => !resefa.moves.busy")
    last = fake.of("move")[-1]
    assert last["positions"] == page.evaluate("resefa.parts.cards.positions()")
    assert grey(page) == 100 + round(60 * last["positions"]["one"])
    assert fake.most_flying == 1
    assert page.locator(".numbers .text").inner_text() == "Change inside 0.031 · outside 0.00040"
    fake.wait("others")
    fake.wait("project")


def test_a_hand_that_rests_before_it_lets_go_asks_once(page: Any, fake: FakeServer) -> None:
    slide(page, 0.5, hold=True)
    answered(page)
    asked = len(fake.of("move"))
    page.mouse.up()
    page.wait_for_timeout(150)
    assert len(fake.of("move")) == asked
    assert fake.of("move")[-1]["positions"] == page.evaluate("resefa.parts.cards.positions()")


def test_compare_shows_the_original_while_it_is_held(page: Any, fake: FakeServer) -> None:
    compare = page.get_by_role("button", name="Hold to compare")
    assert compare.is_disabled()
    slide(page, 1)
    until_grey(page, 160)
    compare.hover()
    page.mouse.down()
    until_grey(page, 100)
    page.mouse.up()
    until_grey(page, 160)
    compare.focus()
    page.keyboard.down("Space")
    until_grey(page, 100)
    page.keyboard.up("Space")
    until_grey(page, 160)


def test_the_region_leaves_an_edited_picture_until_someone_turns_to_it(page: Any, fake: FakeServer) -> None:
    drag(page, (0.2, 0.2), (0.4, 0.4))
    searched(page)
    shown = page.get_by_role("button", name="Show region")
    assert shown.get_attribute("aria-pressed") == "true"
    slide(page, 0.5)
    page.wait_for_function("() => getComputedStyle(document.querySelector('.overlay')).opacity === '0'")
    assert shown.get_attribute("aria-pressed") == "false"
    page.locator(".stage").hover()
    page.wait_for_function("() => getComputedStyle(document.querySelector('.overlay')).opacity === '1'")
    shown.click()
    assert shown.get_attribute("aria-pressed") == "false"


def test_the_range_of_an_early_card_is_awaited(page: Any, fake: FakeServer) -> None:
    """A card that is still measured moves in the browser; the server gets its position once the card is ready."""
    page.evaluate("resefa.parts.cards.setDeck({ state: 'measuring', cards: [{ id: 'one', state: 'preview' }] })")
    slide(page, 1)
    until_grey(page, 160)
    assert fake.wait("move")["positions"]["one"] == 0
    answered(page)
    early = len(fake.of("move"))
    assert {data["positions"]["one"] for data in fake.of("move")} == {0}
    page.evaluate("resefa.parts.cards.setDeck({ state: 'done', cards: [{ id: 'one', state: 'ready' }] })")
    assert fake.wait("move", early + 1)["positions"]["one"] == 1
    until_grey(page, 160)


def test_a_slider_by_keyboard_and_reset(page: Any, fake: FakeServer) -> None:
    slider(page).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("End")
    until_grey(page, 160)
    assert slider(page).get_attribute("aria-valuetext") == "100 percent, lighter"
    page.keyboard.press("Home")
    until_grey(page, 100)
    assert page.get_by_role("button", name="Reset all").is_disabled()


def end(page: Any, name: str, card: int = 0) -> Any:
    """The picture of an end of a slider, a button."""
    return page.locator(".card").nth(card).get_by_role("button", name=name)


def shown(node: Any) -> dict[str, float]:
    """Level of the canvas in a node, and the part of it that has the level of its first pixel."""
    return node.evaluate(
        """(node) => { const c = node.querySelector("canvas"), d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
        let sum = 0, same = 0; for (let i = 0; i < d.length; i += 4) { sum += d[i]; same += Math.abs(d[i] - d[0]) < 3; }
        return { level: sum / (d.length / 4), part: same / (d.length / 4) }; }"""
    )


def test_the_ends_of_a_slider_are_pictures_that_lead_there(page: Any, fake: FakeServer) -> None:
    minus, plus = end(page, "−100 %: darker"), end(page, "+100 %: lighter")
    page.wait_for_function("() => document.querySelector('.end.plus canvas').width === 60")
    assert [shown(minus)["level"], shown(plus)["level"]] == [40, 160]
    minus.click()
    until_grey(page, 40)
    assert fake.wait("move")["positions"]["one"] == -1
    answered(page)
    assert slider(page).input_value() == "-100"
    plus.focus()
    page.keyboard.press("Enter")
    until_grey(page, 160)
    answered(page)
    assert fake.of("move")[-1]["positions"]["one"] == 1
    assert slider(page).input_value() == "100"
    page.locator(".card").first.locator(".words.minus").click()
    until_grey(page, 40)


def test_the_pictures_of_the_ends_are_cut_closely_to_what_changes(page: Any) -> None:
    """Also those of an early card, which has three frames."""
    frames = [spotted(level) for level in (0, 100, 200)]
    for state in ("preview", "ready"):
        frames = [*frames[:2], *frames[1:]] if state == "ready" else frames
        places = [round(2 * i / (len(frames) - 1) - 1, 2) for i in range(len(frames))]
        card = {"id": "one", "frames": frames, "places": places, "state": state}
        page.evaluate("(card) => resefa.parts.cards.setDeck({ state: 'done', cards: [card] })", card)
        page.wait_for_function(
            "() => document.querySelector('.end.minus canvas').getContext('2d').getImageData(2, 2, 1, 1).data[0] === 0"
        )
        for button in (end(page, "−100 %"), end(page, "+100 %")):
            assert 0.3 < shown(button)["part"] < 0.5  # of the whole picture: 0.04


def test_nothing_moves_for_those_who_want_no_motion(
    browser: Any, fake: FakeServer, address: tuple[FakeServer, str]
) -> None:
    """The loop stands at the picture at 0 until the card is attended; the ends are shown as ever."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = opened(context, address[1])
    page.wait_for_function("() => document.querySelector('.end.plus canvas').width === 60")
    loop, ends = page.locator(".card .shot").first, page.locator(".card").first.locator(".end")
    for _ in range(8):
        assert shown(loop)["level"] == 100
        page.wait_for_timeout(60)
    assert [shown(one)["level"] for one in ends.all()] == [40, 160]
    context.close()


def test_the_words_of_an_end_are_text_and_may_be_missing(page: Any) -> None:
    card = page.locator(".card").first
    tall = card.bounding_box()["height"]
    deck = "(words) => resefa.parts.cards.setDeck({ state: 'done', cards: [{ id: 'one', ...words }] })"
    page.evaluate(deck, {"minus": "", "plus": ""})
    assert [one.get_attribute("aria-label") for one in card.locator(".end").all()] == ["−100 %", "+100 %"]
    assert card.bounding_box()["height"] == pytest.approx(tall, abs=0.1)
    page.evaluate(deck, {"minus": HOSTILE, "plus": HOSTILE})
    assert end(page, f"−100 %: {HOSTILE}").get_attribute("title") == f"−100 %: {HOSTILE}"
    assert card.locator(".words").all_inner_texts() == [HOSTILE] * 2
    assert page.locator(".card img").count() == 0
    assert page.title() == "Test"


@pytest.mark.parametrize(("width", "most"), [(1280, 2), (390, 4)])
def test_long_names_are_shown_in_full(
    browser: Any, fake: FakeServer, address: tuple[FakeServer, str], width: int, most: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = opened(context, address[1])
    name = "Hair combed to the side ↔ hair standing up and a little darker"[:60]
    page.evaluate("(name) => resefa.parts.cards.setDeck({ state: 'done', cards: [{ id: 'one', name }] })", name)
    title = page.get_by_role("button", name=name)
    lines = title.evaluate(
        """(node) => { const all = document.createRange(); all.selectNodeContents(node);
        return new Set([...all.getClientRects()].map((one) => one.top)).size; }"""
    )
    assert 1 <= lines <= most
    sizes = title.evaluate(
        "(node) => [node.scrollWidth - node.clientWidth, node.scrollHeight - node.clientHeight, getComputedStyle(node).textOverflow]"
    )
    assert sizes == [0, 0, "clip"]
    assert page.evaluate("document.documentElement.scrollWidth") == width
    context.close()


def test_the_measure_is_explained_under_details(page: Any) -> None:
    """A tooltip alone would not reach a keyboard, a finger or a screen reader."""
    card = page.locator(".card").first
    measure = card.locator(".measure")
    assert measure.inner_text() == "inside : outside 40 : 1"
    explained = card.locator(".facts").get_by_text(measure.get_attribute("title"))
    assert not explained.is_visible()
    card.get_by_role("button", name="Details").focus()
    page.keyboard.press("Enter")
    assert explained.is_visible()


def test_the_zoom_lies_over_the_picture_and_keeps_the_focus(page: Any) -> None:
    buttons = page.get_by_role("group", name="Zoom").get_by_role("button")
    assert [one.get_attribute("aria-label") for one in buttons.all()] == ["Zoom in"]
    before = page.locator(".stage").bounding_box()["width"]
    buttons.first.focus()
    page.keyboard.press("Enter")
    assert page.locator(".stage").bounding_box()["width"] == pytest.approx(1.5 * before, abs=1)
    assert buttons.all_inner_texts() == ["", "Fit · 150 %", ""]
    page.get_by_role("button", name="Zoom out").focus()
    page.keyboard.press("Enter")
    assert page.locator(".stage").bounding_box()["width"] == pytest.approx(before, abs=0.1)
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Zoom in"


def test_focus_is_visible_on_every_control(page: Any) -> None:
    seen = []
    page.locator(".canvas .compare").focus()
    for _ in range(60):
        page.keyboard.press("Tab")
        name, style = page.evaluate(
            """() => { const node = document.activeElement, style = getComputedStyle(node);
            return [node.closest(".rs") && (node.getAttribute("aria-label") || node.textContent), `${style.outlineStyle} ${style.outlineWidth}`]; }"""
        )
        if name:
            seen.append(name.strip())
            assert style == "solid 2px", name
    assert {"−100 %: darker", "+100 %: lighter", "Edit one, percent", "Zoom in", "Open a file…"} <= set(seen)


def test_names_are_text_and_can_be_changed(page: Any, fake: FakeServer) -> None:
    assert HOSTILE in page.locator(".card .name").all_inner_texts()
    assert page.locator(".card img").count() == 0
    assert page.title() == "Test"
    page.get_by_role("button", name="Edit one", exact=True).click()
    page.keyboard.type("Smile")
    page.keyboard.press("Enter")
    assert fake.wait("rename")["name"] == "Smile"
    page.keyboard.press("F2")
    page.keyboard.type("Other")
    page.keyboard.press("Escape")
    assert page.locator(".card .name").first.inner_text() == "Smile"
    assert len(fake.of("rename")) == 1


def test_a_removed_card_leaves_and_its_edit_is_undone(page: Any, fake: FakeServer) -> None:
    slide(page, 1)
    until_grey(page, 160)
    page.get_by_role("button", name="Remove this edit").first.click()
    until_grey(page, 100)
    assert page.locator(".card").count() == 1
    assert fake.of("hide")[0]["id"] == "one"


def test_a_lost_session_is_reopened_and_the_call_repeated(page: Any, fake: FakeServer) -> None:
    slide(page, 0.5)
    fake.wait("move")
    page.wait_for_function("() => sessionStorage.getItem('resefa.project') !== null")
    before = fake.of("move")[-1]["token"]
    fake.gone.add(before)
    slide(page, 0.5)
    reopened = fake.wait("reopen", 2)
    assert reopened["project"] == '{"work": 1}'
    page.wait_for_function("() => !resefa.moves.busy")
    repeated = next(data for data in fake.of("move") if data["token"] != before)
    lost = [data for data in fake.of("move") if data["token"] == before][-1]
    assert repeated["serial"] == lost["serial"]
    assert repeated["positions"] == lost["positions"]
    assert page.locator(".canvas .status.error").count() == 0


def test_a_reload_asks_for_the_work_of_this_tab(page: Any, fake: FakeServer) -> None:
    slide(page, 0.5)
    fake.wait("move")
    page.wait_for_function("() => sessionStorage.getItem('resefa.project') !== null")
    token = fake.of("project")[-1]["token"]
    page.reload()
    assert fake.wait("reopen", 2) == {"project": '{"work": 1}', "token": token}


def test_saving_opening_and_choosing(page: Any, fake: FakeServer) -> None:
    with page.expect_download() as download:
        page.get_by_role("button", name="Picture").click()
    assert download.value.suggested_filename == "face.png"
    assert download.value.path().read_bytes() == b"bytes of the picture"
    page.locator("input[type=file]").set_input_files(
        {"name": "x.json", "mimeType": "application/json", "buffer": b"{}"}
    )
    page.get_by_text("x.json is not a project.").first.wait_for()
    assert fake.of("open")[0]["data"] == "e30="
    page.locator("input[type=file]").evaluate(
        """(node) => { const all = new DataTransfer(); all.items.add(new File([new Uint8Array(2 ** 24 + 1)], "big.bin"));
        node.files = all.files; node.dispatchEvent(new Event("change")); }"""
    )
    page.get_by_text("big.bin has 17 MB; at most 16 MB can be opened.").wait_for()
    assert len(fake.of("open")) == 1
    page.get_by_role("button", name="Seed 2").click()
    assert fake.wait("select")["id"] == "2"


def test_what_was_saved_is_said_until_the_picture_changes(page: Any, fake: FakeServer) -> None:
    message = page.locator(".out .state")
    with page.expect_download():
        page.get_by_role("button", name="Loop").click()
    message.get_by_text("Saved as face.png.").wait_for()
    place = message.bounding_box()
    assert place["y"] >= 0 and place["y"] + place["height"] <= 900  # on the screen, wherever the page is scrolled
    slide(page, 0.5)
    page.wait_for_function("() => document.querySelector('.out .state').textContent === ''")
    assert not message.is_visible()


def test_the_list_of_parts_folds_after_a_choice(page: Any, fake: FakeServer) -> None:
    every = page.locator(".parts .all")
    every.evaluate("node => { node.hidden = false; }")
    every.click()
    assert every.get_attribute("aria-expanded") == "true"
    page.get_by_role("button", name="mouth", exact=True).click()
    assert every.get_attribute("aria-expanded") == "false"
    assert every.inner_text() == "All parts"


def test_a_search_is_shown_and_cancelled(page: Any, fake: FakeServer) -> None:
    page.get_by_role("radio", name="Brush").click()
    drag(page, (0.2, 0.2), (0.3, 0.3))
    page.get_by_text("Looking for edits · about 3 s left").wait_for()
    assert page.get_by_role("progressbar").get_attribute("aria-valuenow") == "50"
    page.get_by_role("button", name="Cancel").click()
    fake.wait("cancel")


def test_touch_draws_and_a_slider_out_of_sight_shows_the_picture(
    browser: Any, fake: FakeServer, address: tuple[FakeServer, str]
) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 700}, device_scale_factor=2, has_touch=True, is_mobile=True
    )
    page = opened(context, address[1])
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.locator(".card").first.bounding_box()["height"] <= 180
    finger = context.new_cdp_session(page)
    for kind, row in [("touchStart", 0.3), ("touchMove", 0.5), ("touchMove", 0.6), ("touchEnd", None)]:
        places = [] if row is None else [dict(zip("xy", point(page, row, row), strict=True))]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})
    assert fake.wait("input")["shapes"][0]["box"] == pytest.approx([0.3] * 4, abs=0.03)
    searched(page)
    slider(page, "Edit two").evaluate("node => node.scrollIntoView({block: 'end'})")
    if page.locator(".stage").bounding_box()["y"] > -200:
        page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    slider(page, "Edit two").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".peek", state="visible")
    assert page.failures == []
    context.close()


def test_picture_buttons_and_three_cards_fit_on_the_first_screen(small_url: str, context: Any, browser: Any) -> None:
    """The page itself at 1280 x 900; on a phone nothing is wider than the screen."""
    person = Person(context, small_url)
    person.box(0.38, 0.25, 0.18, 0.5)
    person.wait_until_done()
    person.tab.evaluate("scrollTo(0, 0)")
    bottoms = (
        "(selector) => [...document.querySelectorAll(selector)].map((node) => node.getBoundingClientRect().bottom)"
    )
    assert max(person.tab.evaluate(bottoms, ".out .bar button")) <= 900
    assert person.tab.locator(".stage").bounding_box()["height"] >= 480
    assert person.tab.evaluate(bottoms, ".card")[2] <= 900
    tile = person.tab.locator("#resefa-surprise").bounding_box()
    thumbnail = person.tab.locator("#resefa-samples img").first.bounding_box()
    assert [tile["y"], tile["height"]] == pytest.approx([thumbnail["y"], thumbnail["height"]], abs=0.5)
    assert not person.tab.get_by_label("Sample number", exact=True).is_visible()
    phone = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    other = Person(phone, f"{small_url}?__theme=dark")
    other.box(0.38, 0.25, 0.18, 0.5)
    other.wait_until_done()
    assert other.tab.evaluate("document.documentElement.scrollWidth") == 390
    assert person.tab.evaluate(CONTRAST) == other.tab.evaluate(CONTRAST) == []
    assert person.complaints == other.complaints == []
    phone.close()


CONTRAST = """() => {
  const channel = (v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ground = (node) => { for (let n = node; n; n = n.parentElement) { const c = parse(getComputedStyle(n).backgroundColor);
    if (c.length === 3 || c[3] > 0.99) return c; } return [255, 255, 255]; };
  const poor = [];
  for (const node of document.querySelectorAll(".rs *, h1, h2, #resefa-surprise, #resefa-sample-options .label-wrap *")) {
    const text = [...node.childNodes].filter((n) => n.nodeType === 3).map((n) => n.textContent.trim()).join("");
    if (!text || !node.checkVisibility() || node.closest(":disabled, .hint, .badge, .unseen")) continue;
    const [a, b] = [light(parse(getComputedStyle(node).color)), light(ground(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push(`${text}: ${ratio.toFixed(2)}`);
  }
  return poor;
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_control_is_named_and_every_text_readable(
    context: Any, fake: FakeServer, address: tuple[FakeServer, str], theme: str
) -> None:
    page = opened(context, f"{address[1]}?__theme={theme}")
    page.get_by_role("button", name="Options").click()
    page.get_by_role("button", name="Details").first.click()
    slide(page, 0.5)
    page.wait_for_function(  # colours glide for a moment; loops never end
        "() => document.getAnimations().every((a) => a.playState === 'finished' || a.effect.getTiming().iterations === Infinity)"
    )
    nameless = page.evaluate(
        """() => [...document.querySelectorAll(".rs button, .rs input, .rs [tabindex]")].filter((n) => n.checkVisibility() &&
        !(n.getAttribute("aria-label") || n.textContent.trim() || n.labels?.length || n.getAttribute("aria-hidden"))).map((n) => n.outerHTML)"""
    )
    assert nameless == []
    assert page.evaluate("document.body.classList.contains('dark')") == (theme == "dark")
    assert page.evaluate(CONTRAST) == []
    assert page.failures == []
