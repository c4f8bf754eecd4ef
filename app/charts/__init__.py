"""Charts: a frame in, a plotly figure out. No Streamlit here, so every figure can be checked by its data."""
