"""The editing sessions of all people, a bounded number: the sessions that rested longest go first, those of closed tabs soon."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from typing import Generic, Protocol, TypeVar


class Closable(Protocol):
    """A member of a store of sessions."""

    @property
    def at_work(self) -> bool:
        """Whether a computation runs for the session."""
        ...

    def close(self) -> None:
        """Cancel the session's work."""
        ...


S = TypeVar("S", bound=Closable)
MOST, REST, LEFT = 64, 3600.0, 300.0
"""Most sessions, and the seconds of rest after which a session is forgotten: while a tab shows it, and after the tab was closed, or went
to sleep on a phone. The browser can open its project again at any time."""


class Sessions(Generic[S]):
    """Sessions by token; a token is a secret that nobody can guess.

    Args:
        most: the largest number of sessions.
        rest: seconds without a call after which a session is forgotten.
        left: seconds after which a session is forgotten that no tab shows any more.
    """

    def __init__(self, most: int = MOST, rest: float = REST, left: float = LEFT) -> None:
        self._most, self._rest, self._left = most, rest, left
        self._lock = threading.Lock()
        self._held: OrderedDict[str, tuple[S, float]] = OrderedDict()
        self._tabs: dict[str, str] = {}
        self._timer: threading.Timer | None = None

    def __len__(self) -> int:
        return len(self._held)

    def add(self, session: S) -> str:
        """Hold a session, and return its token. Sessions beyond the limits are closed."""
        token = secrets.token_urlsafe(24)
        with self._lock:
            self._held[token] = (session, time.monotonic())
            gone = self._surplus()
        for one in gone:
            one.close()
        return token

    def get(self, token: object) -> S | None:
        """The session of a token, which then counts as used; None if there is none."""
        with self._lock:
            found = self._held.get(token) if isinstance(token, str) else None
            if found is None or not isinstance(token, str):
                return None
            self._held[token] = (found[0], time.monotonic())
            self._held.move_to_end(token)
            return found[0]

    def shown_in(self, token: str, tab: str) -> None:
        """A tab shows a session; ``tab`` names the tab."""
        with self._lock:
            if token in self._held:
                self._tabs[tab] = token

    def left_by(self, tab: str) -> None:
        """A tab was closed: if no other tab shows its session, and nobody uses the session soon, the session is forgotten."""
        with self._lock:
            token = self._tabs.pop(tab, None)
            if token is None or token not in self._held or token in self._tabs.values():
                return
            session, used = self._held[token]
            self._held[token] = (session, min(used, time.monotonic() - self._rest + self._left))
            self._wait()

    def _wait(self) -> None:
        """Look for sessions to forget when a closed tab's time is over."""
        if self._timer is None:
            self._timer = threading.Timer(self._left + 0.1, self._look)
            self._timer.daemon = True
            self._timer.start()

    def _look(self) -> None:
        with self._lock:
            self._timer = None
            gone = self._surplus()
            if self._held and not set(self._held) <= set(self._tabs.values()):
                self._wait()
        for one in gone:
            one.close()

    def close(self) -> None:
        """Close all sessions."""
        with self._lock:
            gone = [session for session, _ in self._held.values()]
            self._held.clear()
            self._tabs.clear()
            if self._timer is not None:
                self._timer.cancel()
        for one in gone:
            one.close()

    def _surplus(self) -> list[S]:
        """Remove sessions that rested too long, and the longest at rest beyond the largest number; sessions at work go last.

        The newest session stays, even if all others are at work: its token must not be dead on arrival.
        """
        now, gone = time.monotonic(), []
        for token, (session, used) in list(self._held.items()):
            if now - used > self._rest and not session.at_work:
                gone.append(self._held.pop(token)[0])
        while len(self._held) > self._most:
            others = list(self._held.items())[:-1]
            resting = next((token for token, (one, _) in others if not one.at_work), next(iter(self._held)))
            gone.append(self._held.pop(resting)[0])
        self._tabs = {tab: token for tab, token in self._tabs.items() if token in self._held}
        return gone
