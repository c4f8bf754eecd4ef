"""A bare Streamlit page: a heading, one Plotly picture and one table, as far as they can be as ours are."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

PHONES = ["A", "B", "C", "D", "E", "F", "G", "H"]
SHARES = [2.7, 2.9, 3.9, 4.1, 4.4, 4.8, 5.1, 6.5]

st.set_page_config(layout="wide")
st.title("Eight bars and eight rows")
left, right = st.columns(2)
left.plotly_chart(go.Figure(go.Bar(x=SHARES, y=PHONES, orientation="h")))
right.dataframe(pd.DataFrame({"phone": PHONES, "share": SHARES}))
