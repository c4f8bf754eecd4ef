# The same steps as `make run`; a test keeps them the same.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPATH=/srv/joulelens \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    STREAMLIT_SERVER_HEADLESS=true \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_BROWSER_GATHER_USAGE_STATS=false

WORKDIR /srv/joulelens

COPY requirements.txt requirements.lock ./
RUN python -m pip install --quiet --require-hashes -r requirements.lock -r requirements.txt

COPY . .
RUN python -m data build
RUN python -m predictors fit
# Nothing may be written later, and without compiled modules every start would compile them again.
RUN env python -m compileall -q app data pages predictors scoring

# The app only reads: everything it needs belongs to root, and it runs as someone else.
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin joulelens
USER joulelens

EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; below = os.environ.get('STREAMLIT_SERVER_BASE_URL_PATH', '').strip('/'); urllib.request.urlopen('http://127.0.0.1:8501' + '/' * bool(below) + below + '/_stcore/health', timeout=3)"]

CMD ["python", "-m", "streamlit", "run", "app/main.py", "--server.port", "8501"]
