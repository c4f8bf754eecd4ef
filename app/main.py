"""Entry of the app: `streamlit run app/main.py`, from any folder."""

import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[1])
if ROOT not in sys.path:  # `streamlit run` puts only this file's own folder on the path
    sys.path.insert(0, ROOT)

from app.shell import run  # noqa: E402

run()
