"""The deck: the cards of a session in their order, what changed since the page looked, and the state of the search."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from resefa.editing.strength_range import profile_of
from resefa.editor.card import LONGEST_NAME, Card
from resefa.errors import UsageError, printable


class Deck:
    """Cards of one session. The methods may be called from any thread; none waits for a computation.

    Attributes:
        lock: guards the deck, and the rest of the session's state with it. Never held while work is awaited: a job that runs may need it.
        state: ``empty``, ``searching``, ``measuring``, ``done``, ``cancelled`` or ``error``.
        message: a sentence for the user, with ``error``.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.state, self.message = "empty", ""
        self._cards: dict[str, Card] = {}
        self._order: list[str] = []
        self._changed: set[str] = set()
        self._news = threading.Event()

    def __len__(self) -> int:
        return len(self._order)

    @property
    def order(self) -> list[str]:
        """Ids of the cards on the page, in their order."""
        with self.lock:
            return list(self._order)

    @property
    def shown(self) -> list[Card]:
        """The cards on the page, in their order."""
        with self.lock:
            return [self._cards[name] for name in self._order]

    @property
    def all(self) -> list[Card]:
        """The cards on the page, then those that were put away."""
        with self.lock:
            return [*self.shown, *(card for name, card in self._cards.items() if name not in self._order)]

    @property
    def in_use(self) -> list[Card]:
        """The cards whose slider is not at 0."""
        return [card for card in self.shown if card.position]

    def tell(self, state: str, message: str = "") -> None:
        """Set the state."""
        with self.lock:
            self.state, self.message = state, message
            self._news.set()

    def replace(self, cards: Sequence[Card]) -> None:
        """Replace all cards."""
        with self.lock:
            self._cards = {card.id: card for card in cards}
            self._order = [card.id for card in cards if not card.hidden]
            self._changed = set(self._cards)
            self.tell("done" if self._order else "empty")

    def keep_needed(self) -> None:
        """Remove the cards that are neither kept nor in use."""
        with self.lock:
            self._cards = {name: card for name, card in self._cards.items() if card.kept or card.position}
            self._order = [name for name in self._order if name in self._cards]

    def keep_measured(self) -> None:
        """Remove the cards whose range was not measured, for example by a search that was cancelled: their sliders have no image."""
        with self.lock:
            self._cards = {name: card for name, card in self._cards.items() if profile_of(card.direction) is not None}
            self._order = [name for name in self._order if name in self._cards]

    def put(self, card: Card) -> None:
        """Show a card, new or changed: its name, its star and its slider are the user's, and a card that was put away stays away."""
        with self.lock:
            known = self._cards.get(card.id)
            if known is not None:
                card = replace(card, name=known.name, kept=known.kept, hidden=known.hidden, position=known.position)
            self._cards[card.id] = card
            self._changed.add(card.id)
            self._news.set()

    def place(self, names: Sequence[str], *, first: bool) -> None:
        """Put cards in this order at the beginning or the end of the deck."""
        with self.lock:
            here = [name for name in names if name in self._cards and not self._cards[name].hidden]
            rest = [name for name in self._order if name not in here]
            self._order = [*here, *rest] if first else [*rest, *here]

    def move(self, positions: Mapping[str, float]) -> list[Card]:
        """Put sliders at positions; returns the cards in use."""
        with self.lock:
            for name, position in positions.items():
                if name in self._cards and not self._cards[name].hidden:
                    self._cards[name] = self._cards[name].moved(position)
            return self.in_use

    def rename(self, name: str, title: str) -> None:
        """Give a card a name; empty text restores the caption."""
        words = printable(" ".join(title.split()), LONGEST_NAME)
        self._change(name, name=words or None)

    def keep(self, name: str, kept: bool) -> None:
        """Keep a card when another region is marked, or no longer."""
        self._change(name, kept=kept)

    def hide(self, name: str) -> None:
        """Put a card away; its edit is no longer applied."""
        with self.lock:
            self._change(name, hidden=True, position=0.0)
            self._order.remove(name)

    def _change(self, card: str, **changes: Any) -> None:
        with self.lock:
            if card not in self._order:
                raise UsageError("This edit no longer exists; reload the page.")
            self._cards[card] = replace(self._cards[card], **changes)
            self._changed.add(card)

    def wait(self, seconds: float) -> None:
        """Return when a card or the state has changed since the last call, or after so many seconds."""
        self._news.wait(seconds)
        self._news.clear()

    def _titles(self) -> dict[str, str]:
        """The titles of the cards on the page; titles that several cards have are numbered from the second on."""
        seen: Counter[str] = Counter()
        found: dict[str, str] = {}
        for card in self.shown:
            seen[card.title] += 1
            found[card.id] = card.title if seen[card.title] == 1 or card.name else f"{card.title} ({seen[card.title]})"
        return found

    def news(self, *, whole: bool = False) -> dict[str, Any]:
        """The cards that changed since the last call, or all, with the order and the state, as plain data for the page."""
        with self.lock:
            names = [name for name in self._order if whole or name in self._changed]
            self._changed.clear()
            titles = self._titles()
            cards = [{**self._cards[name].shown(), "name": titles[name]} for name in names]
            return {"state": self.state, "message": self.message, "cards": cards, "order": list(self._order)}
