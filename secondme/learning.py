"""Learning: what Me can say of what is known, and do about it (L1).

Knows the parts that learn, keep and show it; decides nothing itself.
"""

from __future__ import annotations

from secondme.upkeep import Upkeep


class Learning(Upkeep):
    """A profile's facts, episodes, lessons and profile."""
