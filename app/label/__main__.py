"""Entry of `python -m app.label`."""

import sys

from app.label.cli import main

if __name__ == "__main__":
    sys.exit(main())
