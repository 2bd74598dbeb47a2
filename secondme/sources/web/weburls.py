"""Addresses on the web as they may be remembered: without what tracks, and without what lets somebody in."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

QUERY_CHARS = 200
_URL_CHARS = 2000

# What campaigns and click counters add.
_TRACKING = re.compile(
    r"(?:utm_|pk_|mtm_|mc_|hsa_|ga_|_hs|vero_|oly_)\w*|(?:fb|g|d|y|tt|tw)clid|gclsrc|msclkid"
    r"|[wg]braid|igshid|ref_src|_ga|_gl|spm|mkt_tok",
    re.IGNORECASE,
)
# What a link logs in with.
_SECRET = re.compile(
    r".*(?:token|secret|passw|pwd|auth|session|signature|credential|jwt|otp|ticket|saml|nonce|api_?key).*"
    r"|sid|sig|code|key|state|hash|x-amz-.*|x-goog-.*",
    re.IGNORECASE,
)


def on_the_web(url: str) -> bool:
    """Whether it is an address that others could open, not a page of the browser or a file."""
    return url[:8].lower().startswith(("http://", "https://", "ftp://", "gemini:"))


def clean(url: str) -> str:
    """The address without user name, tracking and tokens; a query longer than 200 characters loses its rest."""
    try:
        parts = urlsplit(url.strip()[:20_000])
    except ValueError:
        return url.partition("?")[0][:_URL_CHARS]
    host = parts.netloc.rpartition("@")[2]
    fragment = "" if ":~:" in parts.fragment or re.search(r"\w=", parts.fragment) else parts.fragment
    return urlunsplit((parts.scheme.lower(), host.lower(), parts.path, _query(parts.query), fragment))[:_URL_CHARS]


def _query(query: str) -> str:
    kept: list[str] = []
    length = 0
    for pair in query.split("&"):
        name = pair.partition("=")[0]
        if not pair or _TRACKING.fullmatch(name) or _SECRET.fullmatch(name):
            continue
        length += len(pair) + 1
        if length > QUERY_CHARS:
            break
        kept.append(pair)
    return "&".join(kept)
