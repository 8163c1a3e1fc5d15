import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the simple Node servers need of a bundle: the same files ours reads. */
export function readRows(dir: string): { users: Map<string, number>; items: Record<string, unknown>[] } {
  const text = (name: string) => readFileSync(join(dir, name), 'utf8');
  const ids = JSON.parse(text('users.json')) as string[];
  const lines = text('items.jsonl').trim().split('\n');
  return {
    users: new Map(ids.map((id, index) => [id, index])),
    items: lines.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

/** One thread, never spinning: every contender runs onnxruntime with these. */
export const SESSION_OPTIONS = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
} as const;
