import { Agent, request } from 'undici';
import { BundleFailure } from '../../bundle/failure.ts';
import { checkedLookup, checkHost, checkLiteral } from './hosts.ts';
import { offsetOf, type Opened, type Resume, ResumeRefused, RETRIED_STATUSES, strongTag, TransientError } from './opened.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const SILENCE_TIMEOUT_MS = 30_000;
const MAX_REDIRECTS = 3;

const agent = new Agent({
  connect: { lookup: checkedLookup, timeout: CONNECT_TIMEOUT_MS },
  headersTimeout: SILENCE_TIMEOUT_MS,
  bodyTimeout: SILENCE_TIMEOUT_MS,
});

/**
 * Opens `url` for reading, from where `resume` says if the server has that content still. Every redirect is checked like the
 * first address; https is never left for http.
 * @throws BundleFailure for a final refusal, TransientError for what is worth another attempt
 */
export async function openHttp(
  url: URL,
  allowedHosts: readonly string[],
  signal: AbortSignal,
  resume?: Resume,
): Promise<Opened> {
  let at = url;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
    const response = await get(at, signal, resume);
    const { statusCode, headers, body } = response;
    if (statusCode === 200 || statusCode === 206) return openedOf(response, at, resume);
    await body.dump({ limit: 64 * 1024 }).catch(() => undefined);
    if (statusCode < 300 || statusCode >= 400) throw refusedBy(statusCode, at);
    at = redirectTarget(at, headers.location, allowedHosts);
  }
  throw new BundleFailure('RedirectRefused', `${where(url)} was redirected more than ${MAX_REDIRECTS} times.`);
}

async function get(url: URL, signal: AbortSignal, resume: Resume | undefined) {
  const range = resume && { range: `bytes=${resume.offset}-`, 'if-range': resume.tag };
  try {
    // Without an identity encoding the sizes in the manifest would not be those on the wire.
    return await request(url, { dispatcher: agent, signal, headers: { 'accept-encoding': 'identity', ...range } });
  } catch (error) {
    throw transient(error, url);
  }
}

function openedOf({ statusCode, headers, body }: Awaited<ReturnType<typeof get>>, url: URL, resume?: Resume): Opened {
  const tag = single(headers.etag);
  const contentRange = single(headers['content-range']);
  const contentEncoding = single(headers['content-encoding']);
  try {
    const offset = offsetOf({ where: where(url), isPartial: statusCode === 206, contentRange, contentEncoding, tag }, resume);
    return { offset, tag: strongTag(tag), bytes: orTransient(body, url) };
  } catch (error) {
    body.destroy();
    throw error;
  }
}

function single(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
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
  if (status === 416) return new ResumeRefused(`${where(url)} has changed during the transfer`);
  if (status === 404 || status === 410) return new BundleFailure('FileMissing', `${where(url)} answered ${status}: no such file.`);
  return new BundleFailure('SourceUnavailable', `${where(url)} answered ${status}.`);
}

function redirectTarget(from: URL, location: string | string[] | undefined, allowedHosts: readonly string[]): URL {
  const text = typeof location === 'string' ? location : '';
  const to = URL.parse(text, from.href);
  const allowedScheme = to?.protocol === 'https:' || (to?.protocol === 'http:' && from.protocol === 'http:');
  if (to === null || !allowedScheme || text === '') {
    throw new BundleFailure('RedirectRefused', `${where(from)} redirects to a URL that is not https.`);
  }
  checkHost(to.hostname, allowedHosts);
  checkLiteral(to.hostname);
  return to;
}

/** The address without its query, which may hold a signature. */
function where(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
