import { Agent, request as httpRequest } from 'node:http';
import { HEADERS } from '../contract/http.ts';
import type { ServingProcess } from './serving-process.ts';
import { removeTinyBundles } from './tiny-bundle.ts';
import { USERS } from './tiny-model.ts';

const agent = new Agent({ keepAlive: true });

/** Everybody whom the tiny model knows. */
export const USER_IDS = Array.from({ length: USERS }, (_, index) => `u${index}`);

export interface Answer {
  status: number;
  version: string | undefined;
  shielded: boolean;
  body: { recommendation_id: string; items: { id: string; score: number }[]; fallback: boolean };
}

/** Asks for recommendations over kept-alive connections, as callers in a cluster do. */
export function ask({ origin }: ServingProcess, question: object, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { agent, method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
    const request = httpRequest(`${origin}/recommend`, options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk)).on('end', () => {
        const { [HEADERS.version]: version, [HEADERS.shielded]: shielded } = response.headers;
        resolve({
          status: response.statusCode ?? 0,
          version: typeof version === 'string' ? version : undefined,
          shielded: shielded !== undefined,
          body: JSON.parse(text) as Answer['body'],
        });
      });
    });
    request.once('error', reject).end(JSON.stringify(question));
  });
}

/** Asks for the best item of every user at once; the answers are in the order of `USER_IDS`. */
export function askAll(pod: ServingProcess): Promise<Answer[]> {
  return Promise.all(USER_IDS.map((user_id) => ask(pod, { user_id, k: 1 })));
}

/** Closes the connections and removes the bundles of this test file. */
export async function cleanUp(): Promise<void> {
  agent.destroy();
  await removeTinyBundles();
}
