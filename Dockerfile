# One image for every process of Sluice; the targets api, worker and scaler differ in the command alone.
#   docker build --target worker -t sluice-worker .
# Nothing but the npm registry is needed to build it. Where TLS is inspected, start from a base image that trusts your
# certificates (--build-arg NODE_IMAGE=…) and name their file: --build-arg NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
ARG NODE_IMAGE=node:20-bookworm-slim

# What runs. A change of the sources leaves this layer and the next as they are.
FROM ${NODE_IMAGE} AS production
ARG NODE_EXTRA_CA_CERTS
WORKDIR /sluice
ENV npm_config_update_notifier=false
COPY package.json package-lock.json .npmrc ./
# Some mirrors lack the binaries of other platforms that the lock file names; npm ci stops there, npm install does not.
# Optional are only what speeds up packages of ours a little and, because @prisma/client may be used with it, all of Prisma's CLI.
RUN npm ci --omit=dev --omit=optional || npm install --omit=dev --omit=optional

# What builds; it takes from npm's cache what the stage before fetched.
FROM production AS build
ARG NODE_EXTRA_CA_CERTS
RUN npm ci --prefer-offline || npm install --prefer-offline
COPY tsconfig.json tsconfig.build.json prisma.config.ts ./
COPY prisma prisma
COPY scripts scripts
COPY libs libs
COPY apps apps
RUN npm run build

FROM ${NODE_IMAGE} AS base
ENV NODE_ENV=production
WORKDIR /sluice
COPY --from=build /sluice/package.json ./
COPY --from=production /sluice/node_modules node_modules
COPY --from=build /sluice/prisma/migrations prisma/migrations
COPY --from=build /sluice/dist dist
# The only place that is written to, by the API alone; a volume mounted there belongs to who runs it.
RUN install --directory --owner=node --group=node /var/lib/sluice/files
USER node
STOPSIGNAL SIGTERM

FROM base AS worker
ENV METRICS_HOST=0.0.0.0 METRICS_PORT=9100
EXPOSE 9100
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.METRICS_PORT}/health/liveness`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/apps/worker/src/main.js"]

FROM base AS api
ENV HOST=0.0.0.0 PORT=8000 FILES_DIR=/var/lib/sluice/files
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/liveness`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/apps/api/src/main.js"]

FROM base AS scaler
ENV METRICS_HOST=0.0.0.0 METRICS_PORT=9100
EXPOSE 9100
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.METRICS_PORT}/health/liveness`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/apps/scaler/src/main.js"]
