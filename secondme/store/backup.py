"""placeholder"""

from __future__ import annotations

from secondme.store.ledger import Ledger


def due(ledger: Ledger) -> None: ...
def purge(ledger: Ledger) -> list[str]:
    return []
