"""One HTTP request and its answer, with the network's faults told apart from the server's refusals and the disk's."""

from __future__ import annotations

import http.client
import re
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from resefa.errors import DownloadError
from resefa.version import VERSION

_BLOCK = 1 << 16


class BrokenOff(Exception):
    """The connection ended before the body did."""


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows to http and https only, and never from https to http: there anybody on the way may answer."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        new, old = urlsplit(newurl), urlsplit(req.full_url)
        if new.scheme != "https" and (new.scheme != "http" or old.scheme == "https"):
            raise DownloadError(
                f"{req.full_url} leads on to an address of the kind {new.scheme}://, which is not safe to follow: check the "
                "address, or fetch the file yourself and give it with --from FILE."
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


_OPENER = urllib.request.build_opener(_Redirects)


def opened(url: str, start: int, validator: str, timeout: float):  # type: ignore[no-untyped-def]
    """The answer to a request for the bytes from ``start`` on, if the file is still the one of that validator.

    Faults of the network, silence included, become BrokenOff. What the server refuses is passed on as HTTPError.
    """
    headers = {"User-Agent": f"resefa/{VERSION}", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
        if validator:
            headers["If-Range"] = validator
    try:
        answer = _OPENER.open(urllib.request.Request(url, headers=headers), timeout=timeout)
    except urllib.error.HTTPError:
        raise
    except (OSError, http.client.HTTPException) as error:
        raise BrokenOff(str(getattr(error, "reason", error) or type(error).__name__)) from error
    except ValueError as error:  # an address that cannot be asked: a space, a port that is no number
        raise DownloadError(f"The address {url!r} cannot be asked ({error}): check it.") from error
    if (coding := answer.headers.get("Content-Encoding", "identity")) != "identity":
        answer.close()
        raise DownloadError(
            f"{url} sends the file packed ({coding}) though it was asked not to: give it with --from FILE."
        )
    return answer


def read_block(answer) -> bytes:  # type: ignore[no-untyped-def]
    """What has come of the body, at most a block; faults of the network, unlike those of the disk, become BrokenOff."""
    try:
        return answer.read1(_BLOCK)  # not read: a slow server's bytes are kept as they come
    except (OSError, http.client.HTTPException) as error:
        raise BrokenOff(str(error) or type(error).__name__) from error


def extent(answer) -> tuple[int, int | None]:  # type: ignore[no-untyped-def]
    """(first byte, bytes of the whole file or None) of an answer."""
    if answer.status == 206:
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", answer.headers.get("Content-Range", ""))
        if not found:
            raise DownloadError("The server sent a part without saying which: remove the .part file and try again.")
        begin = int(found[1])
        rest = None if answer.length is None else begin + answer.length
        return begin, rest if found[2] == "*" else int(found[2])
    return 0, answer.length


def says_where_it_ends(answer) -> bool:  # type: ignore[no-untyped-def]
    """Whether a break can be told from the end of the body."""
    return answer.length is not None or bool(answer.chunked)
