import { K } from './graph.ts';
import { ask } from './servers.ts';
import type { Contenders } from './compare.ts';

const ASKED = ['u0', 'u1', 'u77', 'u9999'];

interface Answer {
  items: { id: string; title: string; score: number }[];
}

/** Servers are compared only when they do the same: the same items with the same metadata, in the same order. @throws Error */
export async function checkSameAnswers({ ours, naiveExpress, fastapi }: Contenders): Promise<void> {
  for (const user of ASKED) {
    const expected = await listOf(ours.port, user);
    for (const other of [naiveExpress, fastapi]) {
      if (other === undefined) continue;
      const found = await listOf(other.port, user);
      if (found !== expected) throw new Error(`${other.name} answers ${user} with ${found}, ours with ${expected}`);
    }
  }
}

async function listOf(port: number, user: string): Promise<string> {
  const { items } = (await (await ask(port, user, K)).json()) as Answer;
  if (items.length !== K) throw new Error(`${items.length} items instead of ${K} for ${user}`);
  return items.map(({ id, title, score }) => `${id} ${title} ${score.toPrecision(4)}`).join(', ');
}
