"""`python -m predictors`: see `predictors.cli`."""

from predictors.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
