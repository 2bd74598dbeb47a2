"""A reader for tests whose records say themselves what they are: one JSON object a line, the fields of an Item."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from secondme.records import Handle, Item, Segment, Skipped
from secondme.sources import File

NAME = "test records"
SUFFIX = ".records"


def claims(file: File) -> str | None:
    return f"ends in {SUFFIX}" if file.suffix == SUFFIX else None


def read(file: File) -> Iterator[Item | Skipped]:
    for number, line in enumerate(file.path.read_text().splitlines(), start=1):
        record = json.loads(line)
        if "skipped" in record:
            yield Skipped(file.name, record["skipped"])
            continue
        people = tuple(Handle(*person) for person in record.pop("people", ()))
        time = datetime.fromisoformat(record.pop("time")) if "time" in record else None
        text = record.pop("text")
        kind = record.pop("kind", "message")
        yield Item(kind, text, (Segment(0, len(text)),), time=time, people=people, line=number, **record)


def written(*records: dict[str, object]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)
