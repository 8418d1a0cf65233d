# One image for every process: `rollcall-server serve` by default, `rollcall-server work` for a worker.
FROM python:3.11-slim-bookworm AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
RUN python -m venv /app/.venv
COPY requirements/base.txt requirements/base.txt
RUN /app/.venv/bin/pip install --require-hashes --requirement requirements/base.txt
COPY pyproject.toml README.md ./
COPY rollcall rollcall
RUN /app/.venv/bin/pip install --no-deps --no-build-isolation --no-index --editable .

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/rollcall rollcall
COPY --from=packages --chown=root:root /app /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MALLOC_ARENA_MAX=2 \
    ROLLCALL_HOME=/var/lib/rollcall \
    ROLLCALL_LOG_JSON=1
WORKDIR /app
USER rollcall
VOLUME /var/lib/rollcall
EXPOSE 8321
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["rollcall-server", "health"]
CMD ["rollcall-server", "serve", "--host", "0.0.0.0", "--workers", "2"]
