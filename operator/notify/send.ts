import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import type { Notice, Notification, RecommenderModel } from '../api/model.ts';
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

/** Posts one notice. @returns undefined when it was accepted, otherwise why not, in a sentence that repeats nothing of the answer */
export type Send = (notice: Notice, model: RecommenderModel, to: Notification) => Promise<string | undefined>;

export function createSend({ allowedHosts, keys, timeoutMs }: NotifySettings, agent = webhookAgent()): { send: Send; close: () => Promise<void> } {
  const send: Send = async (notice, model, { webhook, format }) => {
    const url = new URL(webhook.url);
    try {
      checkHost(url, allowedHosts);
      const { contentType, body } = render(notice, model, format);
      const key = webhook.secretRef && (await keysOf(keys, `${model.metadata.namespace ?? ''}.${webhook.secretRef.key}`));
      const headers = { 'content-type': contentType, 'user-agent': 'recommender-operator', ...signed(notice.id, body, key ?? [], Date.now()) };
      const { statusCode, body: answer } = await request(url, { method: 'POST', headers, body, dispatcher: agent, signal: AbortSignal.timeout(timeoutMs) });
      // Not read: what a receiver answers is nobody's business here. The connection goes with it.
      answer.on('error', () => undefined).destroy();
      return statusCode >= 200 && statusCode < 300 ? undefined : `${url.host} answered ${String(statusCode)}.`;
    } catch (error) {
      return told(error, url.host, timeoutMs);
    }
  };
  return { send, close: () => agent.destroy() };
}

/** Follows no redirects, since it has no such interceptor. */
const webhookAgent = (): Agent => new Agent({ connect: { lookup: checkedLookup(), timeout: 5_000 }, connections: 4, keepAliveTimeout: 1_000 });

/** One key a line. Read for every attempt, since the kubelet changes the file when the Secret changes. */
async function keysOf(folder: string | undefined, name: string): Promise<string[]> {
  if (folder === undefined) throw new Refused(`The key ${name} is needed to sign, but no Secret is mounted: set the Helm value notifications.secretName.`);
  const text = await readFile(join(folder, name), 'utf8').catch(() => {
    throw new Refused(`The Secret of the Helm value notifications.secretName has no key ${name}, which is needed to sign.`);
  });
  const keys = text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  try {
    signed('', '', keys, 0);
  } catch (error) {
    throw new Refused(`The key ${name} ${(error as Error).message}.`);
  }
  if (keys.length === 0) throw new Refused(`The key ${name} is empty.`);
  return keys;
}

function told(error: unknown, host: string, timeoutMs: number): string {
  if (error instanceof Refused) return error.message;
  const { name, code } = error as { name?: string; code?: string };
  if (name === 'TimeoutError') return `${host} did not answer within ${String(timeoutMs / 1000)} s.`;
  return `${host} could not be reached (${code ?? name ?? 'unknown error'}).`;
}
