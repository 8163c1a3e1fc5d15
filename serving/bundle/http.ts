import { Agent, request } from 'undici';

import { BundleFailure } from './failure.ts';
import { checkedLookup, checkHost, checkLiteral } from './hosts.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const SILENCE_TIMEOUT_MS = 30_000;
const MAX_REDIRECTS = 3;
const RETRIED_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504]);

const agent = new Agent({
  connect: { lookup: checkedLookup, timeout: CONNECT_TIMEOUT_MS },
  headersTimeout: SILENCE_TIMEOUT_MS,
  bodyTimeout: SILENCE_TIMEOUT_MS,
});

/** A failure that may be gone at the next attempt. */
export class TransientError extends Error {}

/**
 * Opens `url` for reading. Every redirect is checked like the first address; https is never left for http.
 * @throws BundleFailure for a final refusal, TransientError for what is worth another attempt
 */
export async function openHttp(
  url: URL,
  allowedHosts: readonly string[],
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  let at = url;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
    const { statusCode, headers, body } = await get(at, signal);
    if (statusCode === 200) return orTransient(body, at);
    await body.dump({ limit: 64 * 1024 }).catch(() => undefined);
    if (statusCode < 300 || statusCode >= 400) throw refusedBy(statusCode, at);
    at = redirectTarget(at, headers.location, allowedHosts);
  }
  throw new BundleFailure('RedirectRefused', `${where(url)} was redirected more than ${MAX_REDIRECTS} times.`);
}

async function get(url: URL, signal: AbortSignal) {
  try {
    // Without an identity encoding the sizes in the manifest would not be those on the wire.
    return await request(url, { dispatcher: agent, signal, headers: { 'accept-encoding': 'identity' } });
  } catch (error) {
    throw transient(error, url);
  }
}

async function* orTransient(body: AsyncIterable<Uint8Array>, url: URL): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw transient(error, url);
  }
}

function transient(error: unknown, url: URL): Error {
  if (error instanceof BundleFailure) return error;
  const code = (error as { code?: string }).code ?? 'connection failed';
  return new TransientError(`${where(url)} could not be read (${code})`, { cause: error });
}

function refusedBy(status: number, url: URL): Error {
  if (RETRIED_STATUSES.has(status)) return new TransientError(`${where(url)} answered ${status}`);
  if (status === 404 || status === 410) return new BundleFailure('FileMissing', `${where(url)} answered ${status}: no such file.`);
  return new BundleFailure('SourceUnavailable', `${where(url)} answered ${status}.`);
}

function redirectTarget(from: URL, location: string | string[] | undefined, allowedHosts: readonly string[]): URL {
  const text = typeof location === 'string' ? location : '';
  const to = URL.parse(text, from.href);
  const allowedScheme = to?.protocol === 'https:' || (to?.protocol === 'http:' && from.protocol === 'http:');
  if (to === null || !allowedScheme || text === '') {
    throw new BundleFailure('RedirectRefused', `${where(from)} redirects to an address that is not https.`);
  }
  checkHost(to.hostname, allowedHosts);
  checkLiteral(to.hostname);
  return to;
}

/** The address without its query, which may hold a signature. */
function where(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
