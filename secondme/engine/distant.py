"""The header of a model that is not on this machine: from the first bytes of its file, or from the catalogue's figures.

Knows range requests (RFC 9110, section 14). A server that does not honour them is left after the first bytes rather
than read to the end. What comes only makes a plan: it is neither kept nor trusted with anything.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from secondme.engine import tensors
from secondme.engine.catalog import Hub, Model
from secondme.engine.tensors import Layout, Tensor
from secondme.errors import FetchError

if TYPE_CHECKING:
    import httpx

SECONDS = 4.0  # without a byte; a plan is to be there in fifteen
GUESSED_LAYERS = 32
_Q4_K = 12


def layout(model: Model, endpoint: str) -> Layout:
    """From the first place that answers. Raises FetchError when none does, ModelDamaged when it is no model."""
    import httpx  # 60-150 ms

    hubs = [place for place in model.files[0].places if isinstance(place, Hub)]
    for place in hubs:
        try:
            with httpx.Client(follow_redirects=True, timeout=SECONDS) as client:
                return tensors.fetch(functools.partial(_part, client, place.url(endpoint)), model.id)
        except httpx.HTTPError:
            continue
    raise FetchError(f"No place that has {model.id} answers.")


def _part(client: httpx.Client, url: str, start: int, length: int) -> bytes:
    got = bytearray()
    with client.stream("GET", url, headers={"Range": f"bytes={start}-{start + length - 1}"}) as response:
        if response.status_code not in (200, 206) or (start and response.status_code == 200):
            raise FetchError(f"The server answers {response.status_code} to a part of the file.")
        for chunk in response.iter_bytes():
            got += chunk
            if len(got) >= length:
                break
    return bytes(got[:length])


def guessed(model: Model) -> Layout | None:
    """As even a model as its size allows; None where the catalogue does not know even that."""
    size = model.files[0].bytes
    if size is None:
        return None
    each = size // GUESSED_LAYERS
    rows = []
    for i in range(GUESSED_LAYERS):
        at = i * each
        rows.append(Tensor(f"blk.{i}.attn", "attention", i, at, each // 3, (1,), _Q4_K))
        rows.append(Tensor(f"blk.{i}.ffn", "ffn", i, at + each // 3, each - each // 3, (1, 1), _Q4_K))
    beside = max(0, (model.ram or 0) - size - 100_000_000)  # of the catalogue's estimate at 4,096 tokens
    return Layout("?", tuple(rows), GUESSED_LAYERS, 4096, model.context or 4096, beside // 4096, 150_000)
