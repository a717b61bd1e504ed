"""The store of editing sessions: tokens, limits, rest, and which session goes first."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from resefa.editor import sessions as module
from resefa.editor.sessions import Sessions


class Desk:
    """A session that counts how often it was closed."""

    def __init__(self, at_work: bool = False) -> None:
        self.at_work = at_work
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


class Clock:
    """A clock that a test sets."""

    now = 1000.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def filled(store: Sessions[Desk], *desks: Desk) -> list[str]:
    return [store.add(desk) for desk in desks]


def test_tokens_are_distinct_and_cannot_be_guessed() -> None:
    store: Sessions[Desk] = Sessions(most=500)
    desks = [Desk() for _ in range(500)]
    tokens = filled(store, *desks)
    assert len(set(tokens)) == 500
    assert min(map(len, tokens)) >= 32  # 24 random bytes
    assert len({token[:8] for token in tokens}) == 500
    assert [store.get(token) for token in tokens] == desks


@pytest.mark.parametrize("token", ["", "x", None, 7, b"", [], {}, {"token": "x"}, ("x",), float("nan")])
def test_anything_that_is_not_a_token_has_no_session(token: object) -> None:
    store: Sessions[Desk] = Sessions()
    store.add(Desk())
    assert store.get(token) is None


def test_a_token_holds_only_for_its_store_and_as_it_was_given() -> None:
    store: Sessions[Desk] = Sessions()
    token = store.add(Desk())
    assert Sessions[Desk]().get(token) is None
    assert store.get(token[:-1]) is None
    assert store.get(token.swapcase()) is None
    assert store.get(f" {token}") is None


def test_the_least_recently_used_session_goes_first() -> None:
    store: Sessions[Desk] = Sessions(most=3)
    first, second, third, fourth, fifth = (Desk() for _ in range(5))
    tokens = filled(store, first, second, third)
    assert store.get(tokens[0]) is first
    filled(store, fourth)
    assert (first.closed, second.closed, third.closed) == (0, 1, 0)
    assert store.get(tokens[1]) is None
    filled(store, fifth)
    assert (first.closed, third.closed, fourth.closed, fifth.closed) == (0, 1, 0, 0)
    assert len(store) == 3


def test_a_session_at_work_stays_while_another_rests() -> None:
    store: Sessions[Desk] = Sessions(most=2)
    busy, idle, new = Desk(at_work=True), Desk(), Desk()
    filled(store, busy, idle, new)
    assert (busy.closed, idle.closed, new.closed) == (0, 1, 0)


def test_if_all_others_are_at_work_the_oldest_goes_and_the_newest_stays() -> None:
    store: Sessions[Desk] = Sessions(most=2)
    first, second, new = Desk(at_work=True), Desk(at_work=True), Desk()
    tokens = filled(store, first, second, new)
    assert (first.closed, second.closed, new.closed) == (1, 0, 0)
    assert store.get(tokens[2]) is new


def test_a_session_that_rested_too_long_is_forgotten(clock: Clock) -> None:
    store: Sessions[Desk] = Sessions(rest=60)
    idle, used, busy = Desk(), Desk(), Desk(at_work=True)
    tokens = filled(store, idle, used, busy)
    clock.now += 59
    filled(store, Desk())
    assert store.get(tokens[1]) is used
    assert idle.closed == 0
    clock.now += 2
    filled(store, Desk())
    assert (idle.closed, used.closed, busy.closed) == (1, 0, 0)
    assert store.get(tokens[0]) is None
    busy.at_work = False
    clock.now += 58
    filled(store, Desk())
    assert (used.closed, busy.closed) == (0, 1)
    assert store.get(tokens[1]) is used


def test_closing_the_store_closes_every_session_once() -> None:
    store: Sessions[Desk] = Sessions(most=2)
    desks = [Desk(), Desk(at_work=True), Desk()]
    tokens = filled(store, *desks)
    store.close()
    store.close()
    assert [desk.closed for desk in desks] == [1, 1, 1]
    assert len(store) == 0
    assert [store.get(token) for token in tokens] == [None, None, None]


def test_a_session_may_ask_the_store_while_it_closes() -> None:
    store: Sessions[Desk] = Sessions(most=1)
    counted: list[int] = []

    class Asking(Desk):
        def close(self) -> None:
            # On another thread: a lock that the same thread may enter again would hide a deadlock.
            asking = threading.Thread(target=lambda: counted.append(0 if store.get("x") is None else 1), daemon=True)
            asking.start()
            asking.join(5)

    filled(store, Asking(), Desk())
    store.add(Asking())
    store.close()
    assert counted == [0, 0]


def test_many_people_at_once_keep_the_limit_and_each_session_is_closed_at_most_once() -> None:
    store: Sessions[Desk] = Sessions(most=10)
    desks = [Desk(at_work=place % 3 == 0) for place in range(400)]

    def visit(desk: Desk) -> bool:
        token = store.add(desk)
        return store.get(token) is desk or desk.closed > 0

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(visit, desks))
    assert len(store) == 10
    assert sum(desk.closed for desk in desks) == 390
    assert max(desk.closed for desk in desks) == 1


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_the_session_of_a_closed_tab_is_forgotten_soon() -> None:
    store: Sessions[Desk] = Sessions(left=0.05)
    shown, left = Desk(), Desk()
    tokens = filled(store, shown, left)
    for token, tab in zip(tokens, ("a", "b"), strict=True):
        store.shown_in(token, tab)
    store.left_by("b")
    until(lambda: left.closed == 1)
    assert store.get(tokens[1]) is None
    assert (store.get(tokens[0]), shown.closed) == (shown, 0)
    store.close()


def test_a_tab_that_is_loaded_again_keeps_its_session(clock: Clock) -> None:
    store: Sessions[Desk] = Sessions(rest=100, left=10)
    desk = Desk()
    token = store.add(desk)
    store.shown_in(token, "before")
    store.left_by("before")
    clock.now += 5
    assert store.get(token) is desk  # the page asks for its work
    store.shown_in(token, "after")
    clock.now += 50
    filled(store, Desk())
    assert desk.closed == 0
    store.left_by("before")  # a late word of the old page
    clock.now += 20
    filled(store, Desk())
    assert desk.closed == 0
    store.left_by("after")
    clock.now += 11
    filled(store, Desk())
    assert desk.closed == 1
    store.close()


def test_a_session_that_two_tabs_show_stays_with_the_second() -> None:
    store: Sessions[Desk] = Sessions(left=0.0)
    desk = Desk()
    token = store.add(desk)
    store.shown_in(token, "a")
    store.shown_in(token, "b")
    store.left_by("a")
    store.add(Desk())
    assert store.get(token) is desk
    store.close()


def test_tabs_of_sessions_that_are_gone_are_forgotten() -> None:
    store: Sessions[Desk] = Sessions(most=1)
    token = store.add(Desk())
    store.shown_in(token, "a")
    store.shown_in("no token", "b")
    store.add(Desk())
    store.left_by("a")
    store.left_by("b")
    store.left_by("never seen")
    assert len(store) == 1
    store.close()
