"""Where values stand among each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def ranked(values: NDArray[np.float32]) -> list[int]:
    """Where each value stands among all, the greatest first, from 1; equal ones stand alike."""
    import numpy as np

    return (np.searchsorted(np.sort(-values), -values) + 1).tolist()  # type: ignore[no-any-return]
