"""How others load the data set, by tool."""

from __future__ import annotations

from typing import Final

EXPORT: Final = "python -m data export DIR"
"""The command that writes it."""
SNIPPETS: Final = {
    "pandas": 'import pandas as pd\n\nrows = pd.read_parquet("DIR/token_runs.parquet")',
    "DuckDB": (
        "SELECT device_id, model, token_energy_mj\nFROM 'DIR/token_runs.parquet'\nWHERE phase = 'decode';"
    ),
    "R": 'library(arrow)\n\nrows <- read_parquet("DIR/token_runs.parquet")',
    "Croissant": (
        'import mlcroissant as mlc\n\ndataset = mlc.Dataset("DIR/croissant.json")\n'
        'rows = dataset.records("token_runs")'
    ),
}
"""Lines by name of the tool; DIR is where it was written to."""
