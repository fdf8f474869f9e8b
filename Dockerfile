# The gateway's image. GraphiQL's page is made by Node and the package by pip; the last stage holds neither's leftovers.

FROM node:24-slim AS graphiql
WORKDIR /graphiql
COPY gateway/graphiql/package.json gateway/graphiql/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY gateway/graphiql/index.html gateway/graphiql/vite.config.js ./
COPY gateway/graphiql/src src
RUN npm run build

FROM python:3.13-slim AS package
RUN python -m venv /opt/gateway
WORKDIR /source
COPY . .
COPY --from=graphiql /graphiql/dist gateway/graphiql/dist
RUN /opt/gateway/bin/pip install --no-cache-dir --constraint constraints.txt .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin gateway
COPY --from=package /opt/gateway /opt/gateway
ENV PATH=/opt/gateway/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    GATEWAY_HOST=0.0.0.0 \
    GATEWAY_PORT=8000
# A number, so that Kubernetes can see that it is not root.
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen(\"http://127.0.0.1:8000/health/live\", timeout=3)"]
ENTRYPOINT ["gateway"]
CMD ["serve"]
