/**
 * The headers by which helmet protects an API: its answers are no documents, are framed by nobody and kept by no
 * cache. HSTS is left to whoever ends TLS: it speaks for a host, of which this pod sees a part.
 * @param isForOtherSites pages of other origins may read the answers
 */
export function securityHeaders(isForOtherSites: boolean): readonly (readonly [string, string])[] {
  return [
    ['content-security-policy', "default-src 'none';frame-ancestors 'none'"],
    ['cross-origin-resource-policy', isForOtherSites ? 'cross-origin' : 'same-origin'],
    ['referrer-policy', 'no-referrer'],
    ['x-content-type-options', 'nosniff'],
    ['x-frame-options', 'DENY'],
    ['cache-control', 'no-store'],
  ];
}
