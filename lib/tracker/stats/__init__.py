"""Numbers in, a named result out: no rows, no options, no printing."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager

# Nothing here multiplies matrices, and numpy starts a quarter sooner without the threads for it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def quiet() -> AbstractContextManager[object]:
    """Return a context for sums of absurd numbers: what overflows is None and needs no warning of numpy's.

    Source: numpy.errstate.

    >>> import numpy as np
    >>> with quiet():
    ...     float(np.float64(1e308) * 10)
    inf
    """
    import numpy as np

    return np.errstate(all="ignore")
