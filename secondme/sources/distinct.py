"""Identities for records whose format gives them none: a digest of what tells them apart.

Two records of one source that come out alike but say different things stay two; one that says the same is one.
"""

from __future__ import annotations

from hashlib import blake2b


def digest(*parts: str) -> str:
    """24 hexadecimal digits."""
    return blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=12).hexdigest()


class Distinct:
    """The identities that one source has used."""

    def __init__(self) -> None:
        self._seen: dict[bytes, set[bytes]] = {}

    def local(self, local: str, text: str) -> str:
        """`local`, numbered where it is taken by something else; "" if the same has been said under it."""
        texts = self._seen.setdefault(_key(local), set())
        said = _key(text)
        if said in texts:
            return ""
        texts.add(said)
        return local if len(texts) == 1 else f"{local}/{len(texts)}"


def _key(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
