import { seededRandom } from '../random.ts';
import type { LoadJob } from './job.ts';

/** @returns the next request: the text for a random user, made once for every user */
export function requestSource({ users, k, seed }: Pick<LoadJob, 'users' | 'k' | 'seed'>): () => Buffer {
  const texts = Array.from({ length: users }, (_, user) => requestText(JSON.stringify({ user_id: `u${user}`, k })));
  const random = seededRandom(seed);
  return () => texts[Math.floor(random() * users)]!;
}

function requestText(body: string): Buffer {
  const head = ['POST /recommend HTTP/1.1', 'Host: bench', 'Content-Type: application/json', `Content-Length: ${body.length}`];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}
