"""Entry of `python -m scoring`."""

import signal
import sys

from scoring.cli import main

if __name__ == "__main__":
    if hasattr(signal, "SIGPIPE"):  # not on Windows
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # when a reader goes away (`| head`), end in silence
    sys.exit(main())
