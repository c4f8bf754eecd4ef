"""Searches for hyper-parameters. Their results are the readable files in `predictors/settings`."""
