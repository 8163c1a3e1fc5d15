# One file, three images: docker build --target operator|serving|examples .
# There is no compile step: Node runs the TypeScript as it is.
# An image holds Node, the libraries it links, the packages of one workspace and its sources: no package manager, no system around it.
# What changes seldom comes before what changes often: a changed source makes one small layer.

FROM node:24-bookworm-slim AS system
# Beside what Node links: librt for onnxruntime, and the locale for models that read text.
RUN mkdir -p /system/etc /system/usr/lib/locale \
 && ldd /usr/local/bin/node | grep -o '/lib[^ ]*' | xargs cp -L --parents -t /system /usr/local/bin/node /lib/*-linux-gnu/librt.so.1 \
 && cp -r /usr/lib/locale/C.utf8 /system/usr/lib/locale/ \
 && echo 'hosts: files dns' > /system/etc/nsswitch.conf \
 && echo 'nonroot:x:65532:65532::/:/nonexistent' > /system/etc/passwd \
 && echo 'nonroot:x:65532:' > /system/etc/group \
 && mkdir -m 1777 /system/tmp

FROM node:24-bookworm-slim AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY operator/package.json operator/
COPY serving/package.json serving/
COPY tools/cli/package.json tools/cli/
COPY examples/package.json examples/
# Declarations and source maps are for those who write programs; of onnxruntime's library only this system's is kept.
RUN for workspace in operator serving examples; do \
      npm ci --omit=dev --prefer-offline --workspace "$workspace" \
   && find node_modules -type f \( -name '*.d.*ts' -o -name '*.map' -o \
        -path '*/onnxruntime-node/bin/*/*/*/*' ! -path "*/linux/$(node -p process.arch)/*" \) -delete \
   && mv node_modules "/modules-$workspace" || exit 1; \
    done

FROM scratch AS runtime
COPY --from=system /system /
# The last keeps onnxruntime from reporting usage to its maker.
ENV PATH=/usr/local/bin:/bin NODE_ENV=production ORT_DISABLE_TELEMETRY=1
WORKDIR /app
USER 65532:65532
ENTRYPOINT ["node"]

FROM runtime AS operator
COPY --from=modules /modules-operator node_modules
COPY package.json ./
COPY serving/contract serving/contract
COPY operator operator
CMD ["operator/main.ts"]

FROM runtime AS serving
COPY --from=modules /modules-serving node_modules
# Bounds the memory of the process that tries a model, by ulimit.
COPY --from=system /usr/bin/dash /bin/sh
COPY package.json ./
COPY serving serving
CMD ["serving/main.ts"]

FROM runtime AS examples
COPY --from=modules /modules-examples node_modules
COPY package.json ./
COPY serving serving
COPY examples examples
CMD ["examples/books/main.ts"]
