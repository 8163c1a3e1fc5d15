/** Limits of the HTTP server itself; those of bodies and fields are with what reads them. */
export const HTTP_LIMITS = {
  // What callers are told. Shorter than the drain of a pod that ends: whoever heeds it has closed an idle connection before the
  // pod does, so that no request meets a closed one.
  keepAliveTimeout: 4_000,
  // For the others longer than callers usually keep idle connections, to the same end.
  keepAliveTimeoutBuffer: 116_000,
  headersTimeout: 5_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 2_000,
  /** Bytes of the request line and all headers. */
  maxHeaderSize: 16 * 1024,
  // Two credentials or two content types must not become the first of them: joined they are neither.
  joinDuplicateHeaders: true,
  // It is required, but by the pre-handler, which says so.
  requireHostHeader: false,
} as const;
