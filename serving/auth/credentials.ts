import type { IncomingHttpHeaders } from 'node:http';
import { HEADERS } from '../contract/http.ts';

/** What a request offers to prove who asks: an API key, or a signed token (JWT). */
export interface Credential {
  kind: 'key' | 'token';
  value: string;
}

const AUTHORIZATION = /^(bearer|apikey) +([^\s]+) *$/i;
/** Three parts, the first of which is a JSON object in base64url: no key made at random looks like this. */
const TOKEN = /^eyJ[\w-]*\.[\w-]*\.[\w-]*$/;

/** The credentials of a request, in the order they are tried; empty = none that could be understood. */
export function credentialsOf(headers: IncomingHttpHeaders): Credential[] {
  const found: Credential[] = [];
  const key = headers[HEADERS.apiKey];
  if (typeof key === 'string' && key !== '') found.push({ kind: 'key', value: key });
  const [, scheme = '', value = ''] = AUTHORIZATION.exec(headers.authorization ?? '') ?? [];
  if (value !== '') found.push({ kind: scheme.toLowerCase() === 'bearer' && TOKEN.test(value) ? 'token' : 'key', value });
  return found;
}

/** Headers that a forwarded request takes along, so that the other pod can check them itself. */
export function credentialHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const along: Record<string, string> = {};
  if (headers.authorization !== undefined) along['authorization'] = headers.authorization;
  const key = headers[HEADERS.apiKey];
  if (typeof key === 'string') along[HEADERS.apiKey] = key;
  return along;
}
