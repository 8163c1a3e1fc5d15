# One file, three images: docker build --target operator|serving|examples .
# There is no compile step: Node runs the TypeScript as it is.

FROM node:24-bookworm-slim AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# onnxruntime-node brings its library for every system; only this one's is kept.
RUN npm ci --omit=dev --ignore-scripts --prefer-offline --no-audit --no-fund \
 && find node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 ! -path "*/linux/$(node -p process.arch)" -exec rm -r {} +

# Everything that changes seldom comes before everything that changes often: a changed source makes one small layer.
FROM node:24-bookworm-slim AS runtime
# The second keeps onnxruntime from reporting usage to its maker.
ENV NODE_ENV=production ORT_DISABLE_TELEMETRY=1
WORKDIR /app
COPY --from=modules /app/node_modules node_modules
COPY package.json ./
USER 65532:65532
ENTRYPOINT ["node"]

FROM runtime AS operator
COPY crds crds
COPY serving/contract serving/contract
COPY operator operator
CMD ["operator/main.ts"]

FROM runtime AS serving
COPY serving serving
CMD ["serving/main.ts"]

FROM runtime AS examples
COPY serving serving
COPY examples examples
CMD ["examples/books/main.ts"]
