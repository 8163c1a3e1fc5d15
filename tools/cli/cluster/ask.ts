import { isStatus, KubeError } from '../../../operator/kube/errors.ts';
import type { Api } from './api.ts';

/** An answer, that there is none (404), or that the user may not look (403). */
export type Answer<T> = { is: 'there'; value: T } | { is: 'missing' } | { is: 'hidden' };

/** GET of a path. Throws on anything but an answer, 403 and 404. */
export async function ask<T>({ client }: Api, path: string, query: Record<string, string> = {}): Promise<Answer<T>> {
  try {
    return { is: 'there', value: (await client.send({ method: 'GET', path, query, retries: 0 })) as T };
  } catch (error) {
    if (isStatus(error, 404)) return { is: 'missing' };
    if (isStatus(error, 403)) return { is: 'hidden' };
    throw error;
  }
}

/** For who looks again and again: while no API server answers, what was known before still is. */
export async function orBefore<T>(read: () => Promise<T>, before: T): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof KubeError && (error.status === 0 || error.status >= 500)) return before;
    throw error;
  }
}

/** As `ask`; whatever else goes wrong comes back as a sentence, e.g. a 503 of a proxied service. */
export async function tryAsk<T>(api: Api, path: string, query: Record<string, string> = {}): Promise<Answer<T> | { is: 'failing'; why: string }> {
  try {
    return await ask<T>(api, path, query);
  } catch (error) {
    // The answer came and is not JSON: somebody is there.
    if (error instanceof SyntaxError || (error instanceof KubeError && error.cause instanceof SyntaxError)) return { is: 'there', value: undefined as T };
    return { is: 'failing', why: error instanceof Error ? error.message : String(error) };
  }
}
