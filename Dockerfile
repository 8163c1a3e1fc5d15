# One file, three images: docker build --target operator|serving|examples .
# There is no compile step: Node runs the TypeScript as it is.

FROM node:24-bookworm-slim AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# onnxruntime-node brings its library for every system; only this one's is kept.
RUN npm ci --omit=dev --ignore-scripts --prefer-offline --no-audit --no-fund \
 && find node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 ! -path "*/linux/$(node -p process.arch)" -exec rm -r {} +

FROM modules AS modules-without-onnx
RUN rm -r node_modules/onnxruntime-node node_modules/onnxruntime-common

FROM node:24-bookworm-slim AS runtime
ENV NODE_ENV=production
WORKDIR /app
USER 65532:65532
ENTRYPOINT ["node"]

FROM runtime AS operator
COPY --from=modules-without-onnx /app/node_modules node_modules
COPY package.json ./
COPY crds crds
COPY serving/contract.ts serving/
COPY operator operator
CMD ["operator/main.ts"]

FROM runtime AS serving
COPY --from=modules /app/node_modules node_modules
COPY package.json ./
COPY serving serving
CMD ["serving/main.ts"]

FROM runtime AS examples
COPY --from=modules /app/node_modules node_modules
COPY package.json ./
COPY serving serving
COPY examples examples
CMD ["examples/books/main.ts"]
