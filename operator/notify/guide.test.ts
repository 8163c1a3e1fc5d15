import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Notification } from '../api/model.ts';
import { plan } from '../plan/plan.ts';
import type { Observed } from '../plan/state/observed.ts';
import { CONFIG, model, NOW, observed, rollout, version } from '../testing/builders.ts';
import { champion, DECISIONS, passed } from '../testing/decisions.ts';
import { receiver } from '../testing/receiver.ts';
import { createSend } from './send.ts';

/** What the page on notifications says of one, held against what arrives of a decision: planned, written to the outbox and posted. */

const page = await readFile(new URL('../../docs/releasing/notifications.md', import.meta.url), 'utf8');
const [, example = ''] = /```json\n(.*?)```/s.exec(page) ?? [];

/** Names in backquotes of one column of the table of fields, e.g. `data.event`. */
const column = (number: number): string[] => {
  const [, rows = ''] = /\n\|---\|---\|---\|\n((?:\|.*\n)+)/.exec(page) ?? [];
  return rows.split('\n').flatMap((row) => [...(row.split('|')[number] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
};

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** The body that a webhook of the situation's model is posted first. */
async function posted({ model, ...rest }: Observed, format: Notification['format']): Promise<Record<string, unknown>> {
  const there = await receiver(() => ({ status: 204 }));
  const { send, close } = createSend({ allowedHosts: ['127.0.0.1'], keys: undefined, timeoutMs: 5_000 });
  open.push(there.close, close);
  const to: Notification = { webhook: { url: `http://127.0.0.1:${String(there.port)}/` }, format };
  const told = { ...model, spec: { ...model.spec, notifications: [to] } };
  for (const notice of plan({ model: told, ...rest }, CONFIG, NOW).status.notifications?.pending ?? []) await send(notice, told, to);
  return JSON.parse(there.calls[0]?.body ?? '') as Record<string, unknown>;
}

/** Names of all that holds a value, e.g. `data.event`. */
const fieldsOf = (body: object): string[] =>
  Object.entries(body).flatMap(([name, value]: [string, unknown]) => (typeof value === 'object' && value !== null ? fieldsOf(value).map((each) => `${name}.${each}`) : [name]));

const [rejected] = DECISIONS.GuardrailViolated;
const candidate = version('2.0.0', 'Challenger', { decisions: [passed] });
const step = observed(model('2.0.0'), { versions: [champion, candidate], rollout: rollout('2.0.0', { stable: '1.0.0', currentStepIndex: 1, canary: { weights: { canary: { weight: 10 } } } }) });

describe('the page on notifications', () => {
  it.each([['CloudEvents', 1], ['Json', 2]] as const)('names every field of %s', async (format, number) => {
    const fields = fieldsOf(await posted(rejected, format));
    expect(fields.length).toBeGreaterThan(5);
    expect(column(number).toSorted()).toEqual(fields.toSorted());
  });

  it('shows what is sent', async () => {
    expect(JSON.parse(example)).toEqual(await posted(rejected, 'CloudEvents'));
  });

  it('says which fields a step has not', async () => {
    const fields = fieldsOf(await posted(step, 'Json'));
    expect(column(2).filter((name) => !fields.includes(name))).toEqual(['rule', 'by']);
  });
});
