"""Tabs of the editor in a real browser: reload, a second browser, a restarted server, and names that contain markup."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

import pytest

pytest.importorskip("gradio", reason="gradio is not installed: pip install 'resefa[editor]'")

from reference.listening import listen
from web.person import PATIENCE, Person

MOUTH, EYES = (0.6, 0.3, 0.2, 0.4), (0.35, 0.2, 0.2, 0.6)


def edited(person: Person, region: tuple[float, float, float, float] = MOUTH, percent: int = 50) -> bytes:
    """Draw a region, use the best edit, and return the picture."""
    person.box(*region)
    person.wait_until_done()
    before = person.moves()
    person.slide(0, percent)
    person.settled(before)
    return person.pixels().tobytes()


def test_a_reload_keeps_picture_region_cards_and_sliders(quick_url: str, context: Any) -> None:
    person = Person(context, quick_url)
    person.choose(3)
    picture, shapes, names = edited(person), person.shapes(), person.names()
    value = person.slider(0)
    person.reload()
    person.wait_until(lambda: person.pixels().tobytes() == picture)
    assert person.shapes() == shapes
    assert person.names() == names
    assert person.slider(0) == value
    person.tab.click("#resefa-sample-options .label-wrap")
    assert person.tab.get_by_label("Sample number", exact=True).input_value() == "3"
    before = person.moves()
    person.slide(0, 0)
    person.settled(before)
    assert person.numbers() == "No edit yet"
    assert person.complaints == []


def test_a_reload_in_the_middle_of_a_search_shows_the_rest_of_the_search(small_url: str, context: Any) -> None:
    person = Person(context, small_url)
    person.choose(4)
    person.box(*EYES)
    person.tab.wait_for_selector(".rs.cards .progress:not([hidden])")
    person.reload()
    person.wait_until_done()
    assert person.cards().count() >= 3
    assert person.shapes()[-1]["box"] == pytest.approx(EYES, abs=0.02)


def test_two_browsers_at_once_keep_apart(quick_url: str, context: Any, other_context: Any) -> None:
    one, two = (Person(each, quick_url) for each in (context, other_context))
    one.choose(1)
    two.choose(2)
    originals = [person.pixels().tobytes() for person in (one, two)]
    assert originals[0] != originals[1]
    one.box(*MOUTH)
    two.box(*EYES)
    one.wait_until_done()
    two.wait_until_done()
    one.rename(0, "of the first")
    after = [person.moves() for person in (one, two)]
    one.slide(0, 70)
    two.slide(0, -70)
    one.settled(after[0])
    two.settled(after[1])
    pictures = [person.pixels().tobytes() for person in (one, two)]
    assert "of the first" in one.names() and "of the first" not in two.names()
    tokens = [person.tab.evaluate("() => window.resefa.session.token") for person in (one, two)]
    assert tokens[0] != tokens[1] and min(map(len, tokens)) >= 32
    for person, original, picture in zip((one, two), originals, pictures, strict=True):
        person.reload()
        person.wait_until(lambda person=person, picture=picture: person.pixels().tobytes() == picture)
        before = person.moves()
        person.slide(0, 0)
        person.settled(before)
        assert person.pixels().tobytes() == original
        assert person.complaints == []


def started(port: int) -> tuple[subprocess.Popen[str], str]:
    """The command ``resefa ui`` in a process, and the page's address."""
    command = [sys.executable, "-m", "resefa", "ui", "toon-faces-64", "--port", str(port), "--no-browser"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=listen)
    assert process.stdout is not None
    return process, next(line.split()[-1] for line in process.stdout if "http://" in line)


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_the_work_continues_after_the_server_was_restarted(context: Any) -> None:
    process, url = started(0)
    try:
        person = Person(context, url)
        person.choose(6)
        picture, shapes = edited(person), person.shapes()
        person.tab.wait_for_function(
            "() => JSON.parse(sessionStorage.getItem('resefa.project') ?? '{}').cards?.some(card => card.position > 0)"
        )
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
        # Without a server: a sentence, and nothing is lost.
        person.slide(0, 30)
        person.wait_until(lambda: "does not answer" in person.status())
        process, _ = started(int(url.rstrip("/").rpartition(":")[2]))
        before = person.moves()
        person.slide(0, 50)
        person.settled(before)
        assert person.shapes() == shapes
        assert person.cards().count() >= 1
        # A reload finds the work, too.
        person.reload()
        person.wait_until(lambda: person.pixels().tobytes() == picture)
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    "name", ["<img src=x onerror='window.ran=1'>", "<script>window.ran=1</script>", "${alert(1)} {{x}} &amp;"]
)
def test_names_that_contain_markup_are_shown_as_text(quick_url: str, context: Any, name: str) -> None:
    person = Person(context, quick_url)
    person.box(*MOUTH)
    person.wait_until_done()
    person.rename(0, name)
    assert person.names()[0] == name
    person.reload()
    person.wait_until_done()
    assert person.names()[0] == name
    assert person.tab.evaluate("window.ran") is None
    assert person.tab.locator(".rs.cards img[src=x]").count() == 0


def test_a_lost_session_is_opened_again_under_a_new_token(quick_url: str, context: Any) -> None:
    person = Person(context, quick_url)
    person.choose(2)
    picture = person.pixels().tobytes()
    answer = person.tab.evaluate("""async () => {
        window.resefa.session.token = 'x'.repeat(32);
        sessionStorage.setItem('resefa.token', 'x'.repeat(32));
        return window.resefa.call('cancel');
    }""")
    assert answer.get("error") is None
    assert person.tab.evaluate("() => window.resefa.session.token") != "x" * 32
    person.wait_for_picture()
    assert len(picture) == len(person.pixels().tobytes())


def test_a_region_that_is_drawn_in_a_lost_session_brings_the_work_back(quick_url: str, context: Any) -> None:
    person = Person(context, quick_url)
    picture = edited(person)
    person.tab.wait_for_function(
        "() => JSON.parse(sessionStorage.getItem('resefa.project') ?? '{}').cards?.some(card => card.position > 0)"
    )
    person.tab.evaluate("""() => {
        window.resefa.session.token = 'x'.repeat(32);
        sessionStorage.setItem('resefa.token', 'x'.repeat(32));
    }""")
    person.box(0.1, 0.2, 0.2, 0.5)
    person.wait_until(lambda: "your work is restored" in person.status())
    person.wait_until(lambda: person.pixels().tobytes() == picture)
    person.box(0.1, 0.2, 0.2, 0.5)
    person.tab.wait_for_function("() => !document.querySelector('.rs.cards .progress').hidden")
    person.wait_until_done()
    assert person.shapes()[-1]["box"][0] == pytest.approx(0.1, abs=0.02)
