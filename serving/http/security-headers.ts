import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';

/**
 * The headers by which helmet protects an API: its answers are no documents, are framed by nobody and kept by no
 * cache. Computed once. HSTS is left to whoever ends TLS: it speaks for a host, of which this pod sees a part.
 * @param isForOtherSites pages of other origins may read the answers
 */
export function securityHeaders(isForOtherSites: boolean): readonly (readonly [string, string])[] {
  const protect = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] } },
    crossOriginResourcePolicy: { policy: isForOtherSites ? 'cross-origin' : 'same-origin' },
    xFrameOptions: { action: 'deny' },
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    strictTransportSecurity: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  });
  // Of a request that never comes: the headers are the same for all.
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  protect(request, response, () => undefined);
  const headers = Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)] as const);
  return [...headers, ['cache-control', 'no-store']];
}
