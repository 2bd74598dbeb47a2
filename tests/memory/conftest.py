from __future__ import annotations

import pytest

from secondme.sources import order
from tests.memory import lives


@pytest.fixture
def reading_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of test records (lives.py) are read, too."""
    monkeypatch.setattr(order, "READERS", (lives, *order.READERS))
