import { z } from 'zod';
import { ENV } from '../contract/env.ts';
import { ConfigError, httpUrl, list, optional, wholeNumber } from './fields.ts';

/** Compared letter by letter with what pages send, so one that is written otherwise would never match. */
const isOrigin = (text: string) => text === '*' || URL.parse(text)?.origin === text;

/** Pages leave it out. */
const withoutDefaultPort = (text: string) => text.replace(/^(http:.*):80$|^(https:.*):443$/, '$1$2');

export const protectionFields = {
  [ENV.apiKeysDir]: optional,
  [ENV.jwtIssuer]: optional,
  [ENV.jwtAudience]: optional,
  [ENV.jwksUri]: httpUrl,
  [ENV.ratePerSecond]: wholeNumber(0, 0, 10_000_000),
  [ENV.rateBurst]: wholeNumber(0, 0, 10_000_000),
  [ENV.corsOrigins]: list.transform((origins) => origins.map(withoutDefaultPort)).refine((origins) => origins.every(isOrigin), {
    error: 'must be * or a list of origins such as https://shop.example.org: lower case, no path, no trailing slash',
  }),
  // Metrics tell of the many; a line for each of thousands of requests a second is for those who ask for it.
  [ENV.accessLog]: z.enum(['off', 'errors', 'all'], { error: 'must be off, errors or all' }).default('errors'),
};
type ProtectionEnv = z.output<z.ZodObject<typeof protectionFields>>;

/** Who may call. Both absent = everyone. */
export interface AuthConfig {
  /** Directory of a mounted Secret: file name = name of a caller, each line = `sha256:` and the hash of one of its keys. */
  apiKeysDir: string | undefined;
  jwt: { issuer: string; audience: string; jwksUri: string } | undefined;
}

/** How much one caller may ask for. */
export interface RateLimitConfig {
  requestsPerSecond: number;
  /** Requests that may come at once after a pause. */
  burst: number;
}

export interface ProtectionConfig {
  auth: AuthConfig;
  /** Absent = no limit. */
  rateLimit: RateLimitConfig | undefined;
  /** Origins whose pages may call, `https://shop.example.org`, or `*`; empty = none. */
  corsOrigins: readonly string[];
  /** Requests that get a line in the log: none, those answered with 400 and above, all. */
  accessLog: 'off' | 'errors' | 'all';
}

/** @throws ConfigError when the settings of tokens are incomplete */
export function protectionConfigOf(read: ProtectionEnv): ProtectionConfig {
  const requestsPerSecond = read[ENV.ratePerSecond];
  return Object.freeze({
    auth: Object.freeze({ apiKeysDir: read[ENV.apiKeysDir], jwt: jwtOf(read) }),
    rateLimit: requestsPerSecond === 0 ? undefined : Object.freeze({ requestsPerSecond, burst: Math.max(1, read[ENV.rateBurst]) }),
    corsOrigins: Object.freeze(read[ENV.corsOrigins]),
    accessLog: read[ENV.accessLog],
  });
}

function jwtOf(read: ProtectionEnv): AuthConfig['jwt'] {
  const issuer = read[ENV.jwtIssuer];
  const audience = read[ENV.jwtAudience];
  const jwksUri = read[ENV.jwksUri];
  if (issuer === undefined && audience === undefined && jwksUri === undefined) return undefined;
  if (issuer === undefined || audience === undefined || jwksUri === undefined) {
    throw new ConfigError(`Invalid settings: ${ENV.jwtIssuer}, ${ENV.jwtAudience} and ${ENV.jwksUri} must be set together.`);
  }
  return Object.freeze({ issuer, audience, jwksUri });
}
