"""The editing sessions of all people, a bounded number: the sessions that rested longest go first."""

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
MOST, REST = 64, 3600.0
"""Most sessions, and the seconds of rest after which a session is forgotten. The browser can open its project again at any time."""


class Sessions(Generic[S]):
    """Sessions by token; a token is a secret that nobody can guess.

    Args:
        most: the largest number of sessions.
        rest: seconds without a call after which a session is forgotten.
    """

    def __init__(self, most: int = MOST, rest: float = REST) -> None:
        self._most, self._rest = most, rest
        self._lock = threading.Lock()
        self._held: OrderedDict[str, tuple[S, float]] = OrderedDict()

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

    def close(self) -> None:
        """Close all sessions."""
        with self._lock:
            gone = [session for session, _ in self._held.values()]
            self._held.clear()
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
        return gone
