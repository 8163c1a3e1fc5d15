import { isStatus, KubeError } from '../../../operator/kube/errors.ts';
import type { Api } from './api.ts';

/** A value, nothing (404), or no permission (403). */
type Answer<T> = { is: 'found'; value: T } | { is: 'missing' } | { is: 'forbidden' };

/** GET of a path. Throws on anything but an answer, 403 and 404. */
export async function ask<T>({ client }: Api, path: string, query: Record<string, string> = {}): Promise<Answer<T>> {
  try {
    return { is: 'found', value: (await client.send({ method: 'GET', path, query, retries: 0 })) as T };
  } catch (error) {
    if (isStatus(error, 404)) return { is: 'missing' };
    if (isStatus(error, 403)) return { is: 'forbidden' };
    throw error;
  }
}

/** For polling: while no API server answers, the last known value still counts. */
export async function orLastKnown<T>(read: () => Promise<T>, last: T): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof KubeError && (error.status === 0 || error.status >= 500)) return last;
    throw error;
  }
}

type Attempt<T> = Answer<T> | { is: 'failing'; why: string };

/** As `ask`; any other error comes back as a sentence, e.g. a 503 of a proxied service. */
export async function tryAsk<T>(api: Api, path: string, query: Record<string, string> = {}): Promise<Attempt<T>> {
  try {
    return await ask<T>(api, path, query);
  } catch (error) {
    // An answer that is not JSON is an answer, too.
    const isText = error instanceof SyntaxError || (error instanceof KubeError && error.cause instanceof SyntaxError);
    if (isText) return { is: 'found', value: undefined as T };
    return { is: 'failing', why: error instanceof Error ? error.message : String(error) };
  }
}
