import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from '@jest/globals';
import helmet from 'helmet';
import { securityHeaders } from './security-headers.ts';

/** What helmet sets for an API, without what concerns pages and hosts. */
function byHelmet(policy: 'cross-origin' | 'same-origin'): object {
  const protect = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] } },
    crossOriginResourcePolicy: { policy },
    xFrameOptions: { action: 'deny' },
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    strictTransportSecurity: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  });
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  protect(response.req, response, () => undefined);
  return response.getHeaders();
}

it.each([['cross-origin', true], ['same-origin', false]] as const)("are helmet's for an API and keep answers out of caches: %s", (policy, isForOtherSites) => {
  expect(Object.fromEntries(securityHeaders(isForOtherSites))).toEqual({ ...byHelmet(policy), 'cache-control': 'no-store' });
});
