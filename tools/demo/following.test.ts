import { describe, expect, it } from '@jest/globals';
import type { RecommenderModel } from '../../operator/api/model.ts';
import type { Shop } from '../testenv/shop.ts';
import { follow, withoutCounters } from './following.ts';
import { createTeller } from './tell.ts';

/** A shop whose model says one thing after another, and the last one for ever. */
function shopOf(...statuses: object[]): Shop {
  let asked = 0;
  const model = () => {
    const { generation = 1, ...status } = (statuses[Math.min(asked++, statuses.length - 1)] ?? {}) as { generation?: number };
    return Promise.resolve({ metadata: { generation }, status: { observedGeneration: 1, ...status } } as unknown as RecommenderModel);
  };
  return { model } as Shop;
}

function ear() {
  let text = '';
  const tell = createTeller({ write: (more) => (text += more), terminal: false, colours: false, width: 120, elapsed: () => 0 });
  return { tell, lines: () => text.split('\n').slice(0, -1) };
}

const healthy = { what: '2.0.0 is promoted', comes: ({ phase }: { phase?: string }) => phase === 'Healthy', limitMs: 3000 };

describe('following the status', () => {
  it('tells each message once, and counters only at first', async () => {
    const { tell, lines } = ear();
    const messages = ['2.0.0 at 10%: 3 of 40 requests needed.', '2.0.0 at 10%: 9 of 40 requests needed.', '2.0.0 at 50%: its pods are starting.'];
    await follow(shopOf(...messages.map((message) => ({ phase: 'Canary', message })), { phase: 'Healthy', message: 'Done.' }), tell, healthy);
    expect(lines().map((line) => line.slice(8))).toEqual([`status: ${messages[0]}`, `status: ${messages[2]}`, 'status: Done.']);
  });

  it('goes on where it has stopped', async () => {
    const { tell, lines } = ear();
    const holding = { phase: 'Canary', message: '2.0.0 at 20%: holding.' };
    await follow(shopOf(holding, { phase: 'Healthy', message: 'Done.' }), tell, { ...healthy, told: holding.message });
    expect(lines()).toEqual(['   0 s  status: Done.']);
  });

  it('believes no status of an earlier spec', async () => {
    const { tell, lines } = ear();
    await follow(shopOf({ generation: 2, phase: 'Healthy', message: 'Old.' }, { phase: 'Healthy', message: 'New.' }), tell, healthy);
    expect(lines()).toEqual(['   0 s  status: New.']);
  });

  it('ends at once where it cannot come any more', async () => {
    const { tell } = ear();
    const following = follow(shopOf({ phase: 'Rejected', message: 'Too slow.' }), tell, { ...healthy, fails: ({ phase }) => phase === 'Rejected' });
    await expect(following).rejects.toThrow('Awaited was that 2.0.0 is promoted, but: Too slow.');
  });

  it('has a limit, and says what it waited for', async () => {
    const { tell } = ear();
    const following = follow(shopOf({ phase: 'Canary', message: 'Holding.' }), tell, { ...healthy, limitMs: 300 });
    await expect(following).rejects.toThrow('Within 0.3 s it did not come that 2.0.0 is promoted; the last status: Holding.');
  });
});

it('tells news from counters', () => {
  expect(withoutCounters('at 10%: holding until 17:50:03 UTC.')).toBe(withoutCounters('at 10%: holding until 17:50:09 UTC.'));
  expect(withoutCounters('at 10%: 62 of 100 requests')).toBe(withoutCounters('at 10%: 68 of 100 requests'));
  expect(withoutCounters('at 10%')).not.toBe(withoutCounters('at 50%'));
});
