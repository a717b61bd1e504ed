"""Rules of the editor's server: which addresses answer, which hosts and origins may ask, and what the page may load."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

_NOBODY = "'none'"
_NAME = r"[A-Za-z0-9_.-]+"
_READ = re.compile(
    rf"""/ | /config/? | /theme\.css | /favicon\.ico | /manifest\.json | /robots\.txt
    | /(assets|static)(/{_NAME})+
    | /gradio_api/( info/? | openapi\.json | app_id/? | startup-events | theme\.css | queue/data | queue/status
                  | heartbeat/{_NAME} | call/(v2/)?{_NAME}/{_NAME} )""",
    re.VERBOSE,
)
_WRITE = re.compile(
    rf"""/gradio_api/( queue/join | cancel | reset/? | component_server/? | (run|call|call/v2)/{_NAME}/? )""",
    re.VERBOSE,
)
"""The addresses that the page and Gradio's clients use. Left out: files, uploads, proxies, streams, logins, monitoring."""

_INLINE = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)
_FOREIGN = re.compile(
    rb"""<script[^>]*\ssrc=["'](?:https?:)?//[^>]*></script>|<link[^>]*\shref=["'](?:https?:)?//[^>]*>"""
    rb"""|<meta[^>]*\scontent=["']https?://[^>]*>""",
    re.DOTALL,
)

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def allowed(method: str, path: str) -> bool:
    """Whether an address answers to a method; ``path`` is decoded."""
    if any(part in ("", ".", "..") for part in path.rstrip("/").split("/")[1:]):
        return False
    if method in ("GET", "HEAD"):
        return _READ.fullmatch(path) is not None
    return method == "POST" and _WRITE.fullmatch(path) is not None


def is_loopback(host: str) -> bool:
    """Whether an address to listen on can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True)
class Policy:
    """Whom the server answers.

    Attributes:
        hosts: names of the server in requests (``Host``); None allows every name. Names other than loopback's mean that a
            page of another site has pointed its own name to this machine (DNS rebinding).
        embedded_in: origins whose pages may show the editor in a frame.
    """

    hosts: frozenset[str] | None = LOOPBACK_NAMES
    embedded_in: tuple[str, ...] = ()

    def accepts_host(self, host: str) -> bool:
        """Whether a ``Host`` header names this server."""
        return self.hosts is None or _name(f"//{host}") in self.hosts

    def accepts_origin(self, origin: str | None, site: str | None, hosts: Iterable[str]) -> bool:
        """Whether a page may change something here: the editor's page, or a program, which sends no ``Origin``.

        Args:
            origin: the header ``Origin``.
            site: the header ``Sec-Fetch-Site``.
            hosts: names of this server in the request, with ports: ``Host``, and behind a proxy ``X-Forwarded-Host``.
        """
        if origin is None:
            return site in (None, "same-origin", "none")
        parts = urlsplit(origin)
        return parts.scheme in ("http", "https") and bool(parts.netloc) and parts.netloc.lower() in hosts

    def headers(self, scripts: Iterable[bytes] = ()) -> list[tuple[bytes, bytes]]:
        """Security headers of a response; ``scripts``: text of the page's inline scripts, which may run by their hash."""
        hashes = "".join(f" 'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'" for text in scripts)
        # Gradio compiles templates and the components' scripts with new Function.
        rules = (
            "default-src 'self'",
            f"script-src 'self' 'unsafe-eval'{hashes}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self' data: blob:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "frame-src 'none'",
            "base-uri 'self'",
            "form-action 'none'",
            f"frame-ancestors {' '.join(self.embedded_in) or _NOBODY}",
        )
        found = [
            (b"content-security-policy", "; ".join(rules).encode("ascii")),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
        ]
        return found if self.embedded_in else [*found, (b"cross-origin-resource-policy", b"same-origin")]


def without_foreign_parts(page: bytes) -> tuple[bytes, list[bytes]]:
    """A page without scripts, styles and previews of other hosts, and the text of its inline scripts."""
    page = _FOREIGN.sub(b"", page)
    return page, _INLINE.findall(page)


def _name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
