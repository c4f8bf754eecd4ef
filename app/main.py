"""Entry of the app: `streamlit run app/main.py`, from any folder.

Streamlit imports this file once as the server's module, which adds the addresses of labels, and then runs it
as a script for every visitor.
"""

import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[1])
if ROOT not in sys.path:  # `streamlit run` puts only this file's own folder on the path
    sys.path.insert(0, ROOT)

if __name__ == "__main__":
    from app.frame.shell import run

    run()
else:
    from data.one_thread import use_one_thread

    use_one_thread()
    from streamlit import get_option
    from streamlit.starlette import App

    from app import log
    from app.server.answer_headers import every_answer
    from app.server.link_preview import previews
    from app.server.routes import ask_nobody, routes
    from app.server.uploads import uploads
    from app.server.warmup import orderly_end

    ask_nobody()
    log.set_up()
    app = App(
        __file__,
        routes=routes(get_option("server.baseUrlPath") or ""),
        middleware=[*every_answer(), *uploads(), *previews()],
        lifespan=orderly_end,
    )
