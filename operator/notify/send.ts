import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import type { Notice, Notification, RecommenderModel } from '../api/model.ts';
import { GIVE_UP_MS } from '../plan/report/outbox.ts';
import { checkedLookup, checkHost, Refused } from './hosts.ts';
import { render } from './render.ts';
import { signed } from './sign.ts';

export interface NotifySettings {
  /** Host names that webhooks may have, or `*.DOMAIN`. */
  allowedHosts: readonly string[];
  /** Folder with a file NAMESPACE.KEY for each key; undefined where no Secret is mounted. */
  keys: string | undefined;
  /** Milliseconds for one attempt as a whole. */
  timeoutMs: number;
}

/**
 * Why a notice was not accepted, in a sentence that repeats nothing of the response, and how long the receiver asks not to be
 * called, if it says so.
 */
export interface Failure {
  error: string;
  waitMs?: number;
}

/** Posts one notice. @returns undefined when it was accepted */
export type Send = (notice: Notice, model: RecommenderModel, to: Notification) => Promise<Failure | undefined>;

export function createSend(
  { allowedHosts, keys, timeoutMs }: NotifySettings,
  agent = webhookAgent(),
): { send: Send; close: () => Promise<void> } {
  const send: Send = async (notice, model, { webhook, format }) => {
    const read = ({ key }: { key: string }, purpose: string) => linesOf(keys, { key: `${model.metadata.namespace ?? ''}.${key}`, purpose });
    let host = 'The webhook';
    try {
      const url = webhook.urlRef ? addressIn(await read(webhook.urlRef, 'for the address of the webhook')) : new URL(webhook.url ?? '');
      ({ host } = url);
      checkHost(url, allowedHosts);
      const { contentType, body } = render(notice, model, format);
      const signatures = webhook.secretRef
        ? signaturesBy(await read(webhook.secretRef, 'for signing'), notice, body)
        : signed(notice.id, body, [], Date.now());
      const headers = { 'content-type': contentType, 'user-agent': 'recommender-operator', ...signatures };
      const {
        statusCode,
        headers: said,
        body: answer,
      } = await request(url, { method: 'POST', headers, body, dispatcher: agent, signal: AbortSignal.timeout(timeoutMs) });
      // Not read: the body is of no interest here. The connection is closed with it.
      answer.on('error', () => undefined).destroy();
      return refusal(host, statusCode, said['retry-after']);
    } catch (error) {
      return { error: failureMessage(error, host, timeoutMs) };
    }
  };
  return { send, close: () => agent.destroy() };
}

/** As in Standard Webhooks: a 410 ends deliveries, and a busy receiver may say when to retry. */
function refusal(host: string, status: number, retryAfter: string | string[] | undefined): Failure | undefined {
  if (status >= 200 && status < 300) return undefined;
  const error = `${host} answered ${String(status)}.`;
  if (status === 410) return { error: `${error} It accepts no more notifications: remove it from spec.notifications.`, waitMs: GIVE_UP_MS };
  const waitMs = waitOf(String(retryAfter));
  return waitMs > 0 ? { error, waitMs: Math.min(waitMs, LONGEST_WAIT_MS) } : { error };
}

/** Milliseconds of a header Retry-After: seconds, or a date; NaN where it says neither. */
const waitOf = (header: string): number => (/^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now());

/** Upper bound for a Retry-After. */
const LONGEST_WAIT_MS = 3_600_000;

/** Follows no redirects, since it has no such interceptor. */
const webhookAgent = (): Agent =>
  new Agent({ connect: { lookup: checkedLookup(), timeout: 5_000 }, connections: 4, keepAliveTimeout: 1_000 });

interface Lines {
  key: string;
  lines: readonly string[];
}

/** What a key of the mounted Secret holds. Read for every attempt, since the kubelet changes the file when the Secret changes. */
async function linesOf(folder: string | undefined, { key, purpose }: { key: string; purpose: string }): Promise<Lines> {
  if (folder === undefined) {
    throw new Refused(`The key ${key} is needed ${purpose}, but no Secret is mounted: set the Helm value notifications.secretName.`);
  }
  const text = await readFile(join(folder, key), 'utf8').catch(() => {
    throw new Refused(`The Secret named by the Helm value notifications.secretName has no key ${key}, which is needed ${purpose}.`);
  });
  const lines = text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  if (lines.length === 0) throw new Refused(`The key ${key} is empty.`);
  return { key, lines };
}

/** One signature for each line. */
function signaturesBy({ key, lines }: Lines, { id }: Notice, body: string): Record<string, string> {
  try {
    return signed(id, body, lines, Date.now());
  } catch (error) {
    throw new Refused(`The key ${key} ${(error as Error).message}.`);
  }
}

/** Only the host of the address is ever shown: anyone who knows the rest may post there. */
function addressIn({ key, lines }: Lines): URL {
  const [line = ''] = lines;
  const url = lines.length === 1 && URL.canParse(line) ? new URL(line) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new Refused(`The key ${key} must hold a single http:// or https:// URL without user name or password.`);
  }
  return url;
}

function failureMessage(error: unknown, host: string, timeoutMs: number): string {
  if (error instanceof Refused) return error.message;
  const { name, code } = error as { name?: string; code?: string };
  if (name === 'TimeoutError') return `${host} did not answer within ${String(timeoutMs / 1000)} s.`;
  return `${host} could not be reached (${code ?? name ?? 'unknown error'}).`;
}
