"""When things were taken into memory, for those who ask as of an earlier day."""

from __future__ import annotations

import json
from collections.abc import Sequence

from secondme.store.reading import LedgerReader
from secondme.store.rows import LIVE


def undated_after(reader: LedgerReader, moment: int) -> int:
    """How many visible items name no day and were taken in after `moment` (seconds since 1970)."""
    sql = f"SELECT count(*) FROM items i WHERE i.epoch IS NULL AND i.learned_at > ? AND {LIVE}"
    return int(next(reader.rows(sql, (moment,)))[0])


def learned_after(reader: LedgerReader, passages: Sequence[str], moment: int) -> int:
    """How many of the passages (ids) were taken in after `moment`, as they read now."""
    sql = (
        "SELECT count(DISTINCT p.id) FROM passages p JOIN items i ON i.n = p.item"
        f" WHERE p.id IN (SELECT value FROM json_each(?)) AND i.learned_at > ? AND {LIVE}"
    )
    return int(next(reader.rows(sql, (json.dumps(list(passages)), moment)))[0])
