"""One thread for numpy's linear algebra, in every process of ours.

Our matrices are small: a second thread takes as long to be woken as it saves, and waits for more work in a
loop, on a processor that another visitor could have. A visitor or a `--jobs` process each takes one.
"""

from __future__ import annotations

import os
from typing import Final

ONE_THREAD: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""What OpenBLAS (numpy, scipy) and OpenMP (scikit-learn) read when they are loaded, and never again."""


def use_one_thread() -> None:
    """Tell the libraries before they are loaded; what whoever starts the process has said stands."""
    for name, threads in ONE_THREAD.items():
        os.environ.setdefault(name, threads)
