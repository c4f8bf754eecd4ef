"""Open a device that was described before: its two files, or a table of measured networks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import streamlit as st

from app.i18n.formats import literal
from app.i18n.messages import tell
from app.i18n.texts import t
from app.ui.attend import attending
from app.your_device.own_models import amounts_of_own
from data.errors import JouleLensError
from data.workers import calls

if TYPE_CHECKING:
    from predictors.energy.calibrated.device_file import OwnDevice

MAX_MEGABYTES: Final = 4
"""As for the files of a device on the command line (`device_file.MOST_BYTES`)."""
SEEN: Final = "cal_files_seen"


def show_device_upload(put: Callable[[OwnDevice], None]) -> None:
    """Show the upload; what it holds goes to `put`, and what is wrong is told without any change."""
    with st.expander(t("Open a device file or a table"), icon=":material/upload_file:"):
        files = st.file_uploader(
            t("NAME.toml with NAME.csv, or a CSV with model, precision and energy_mj"),
            type=["toml", "csv"],
            accept_multiple_files=True,
            max_upload_size=MAX_MEGABYTES,
            key="cal_files",
        )
    contents = [(file.name, bytes(file.getbuffer())) for file in files]
    digest = hashlib.sha256(repr(contents).encode()).hexdigest()
    if not contents or st.session_state.get(SEEN) == digest:
        return
    from predictors.energy.calibrated.calibration import resolved
    from predictors.energy.calibrated.own_devices import device_of_files, refuse_bundled_id

    try:
        with attending(t("Reading the device …")) as attend:
            device = calls.read_content(device_of_files, contents, attend=attend)
        refuse_bundled_id(device.device_id)
        put(resolved(device, amounts_of_own))
    except JouleLensError as error:
        st.error(
            t(
                "These files are not used: {reason} What stands below is as it was.  \nCode: `{code}`",
                reason=literal(tell(error.message)),
                code=error.code,
            ),
            icon=":material/error:",
        )
        return
    st.session_state[SEEN] = digest
