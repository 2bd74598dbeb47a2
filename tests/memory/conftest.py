from __future__ import annotations

import pytest

from secondme import sources
from tests.memory import lives


@pytest.fixture
def reading_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of test records (lives.py) are read, too."""
    readers = (lives, *sources.READERS)
    monkeypatch.setattr(sources, "READERS", readers)
    monkeypatch.setattr(sources.reader_for, "__defaults__", (readers,))
