# syntax=docker/dockerfile:1
# The version that the tests run on.
ARG PYTHON=3.11-slim

FROM python:${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
# What changes seldom comes first. The tools that build are in an environment of their own, which
# stays behind.
COPY requirements.lock requirements-build.lock ./
RUN python -m venv /gateway && /gateway/bin/pip install --require-hashes -r requirements.lock \
 && python -m venv /tools && /tools/bin/pip install --require-hashes -r requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY gateway gateway
COPY resolvers resolvers
COPY connectors connectors
RUN /tools/bin/pip wheel --no-build-isolation --no-deps --wheel-dir /wheels . \
 && /gateway/bin/pip install --no-deps --no-index /wheels/*.whl \
 && /gateway/bin/pip uninstall --yes pip setuptools

FROM python:${PYTHON}
RUN groupadd --system --gid 10001 gateway \
 && useradd --system --uid 10001 --gid gateway --home-dir /data --shell /usr/sbin/nologin gateway \
 && install --directory --owner=gateway --group=gateway /data
COPY --from=build /gateway /gateway
ENV PATH=/gateway/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
# Where SQLite's file is, unless GATEWAY_DATABASE_URL says otherwise.
WORKDIR /data
VOLUME /data
EXPOSE 8000
# For `serve`, at its default port; switch it off for `worker`. No proxy of the environment is asked.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["python", "-c", \
    "import urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:8000/readyz', timeout=2)"]
ENTRYPOINT ["gateway"]
CMD ["serve", "--host", "0.0.0.0"]
