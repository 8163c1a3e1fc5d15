import { describe, expect, it } from '@jest/globals';
import type { RecommenderModel } from '../../operator/api/model.ts';
import type { Environment } from '../testenv/environment.ts';
import { follow, withoutCounters } from './followStatus.ts';
import { createOutput } from './output.ts';

/** An environment whose model has one status after another, and keeps the last one. */
function environmentOf(...statuses: object[]): Environment {
  let asked = 0;
  const model = () => {
    const { generation = 1, ...status } = (statuses[Math.min(asked++, statuses.length - 1)] ?? {}) as { generation?: number };
    return Promise.resolve({ metadata: { generation }, status: { observedGeneration: 1, ...status } } as unknown as RecommenderModel);
  };
  return { model } as Environment;
}

function captured() {
  let text = '';
  const output = createOutput({ write: (more) => (text += more), terminal: false, colours: false, width: 120, elapsed: () => 0 });
  return { output, lines: () => text.split('\n').slice(0, -1) };
}

const healthy = { what: '2.0.0 is promoted', comes: ({ phase }: { phase?: string }) => phase === 'Healthy', limitMs: 3000 };

describe('following the status', () => {
  it('prints each message once, and counters only at first', async () => {
    const { output, lines } = captured();
    const messages = ['2.0.0 at 10%: 3 of 40 requests needed.', '2.0.0 at 10%: 9 of 40 requests needed.', '2.0.0 at 50%: its pods are starting.'];
    await follow(environmentOf(...messages.map((message) => ({ phase: 'Canary', message })), { phase: 'Healthy', message: 'Done.' }), output, healthy);
    expect(lines().map((line) => line.slice(8))).toEqual([`status: ${messages[0]}`, `status: ${messages[2]}`, 'status: Done.']);
  });

  it('goes on where it has stopped', async () => {
    const { output, lines } = captured();
    const holding = { phase: 'Canary', message: '2.0.0 at 20%: holding.' };
    await follow(environmentOf(holding, { phase: 'Healthy', message: 'Done.' }), output, { ...healthy, printed: holding.message });
    expect(lines()).toEqual(['   0 s  status: Done.']);
  });

  it('ignores the status of an earlier spec', async () => {
    const { output, lines } = captured();
    await follow(environmentOf({ generation: 2, phase: 'Healthy', message: 'Old.' }, { phase: 'Healthy', message: 'New.' }), output, healthy);
    expect(lines()).toEqual(['   0 s  status: New.']);
  });

  it('fails at once when it can no longer come', async () => {
    const { output } = captured();
    const following = follow(environmentOf({ phase: 'Rejected', message: 'Too slow.' }), output, { ...healthy, fails: ({ phase }) => phase === 'Rejected' });
    await expect(following).rejects.toThrow('Expected that 2.0.0 is promoted, but: Too slow.');
  });

  it('has a limit, and says what it waited for', async () => {
    const { output } = captured();
    const following = follow(environmentOf({ phase: 'Canary', message: 'Holding.' }), output, { ...healthy, limitMs: 300 });
    await expect(following).rejects.toThrow('Timed out after 0.3 s waiting until 2.0.0 is promoted; the last status: Holding.');
  });
});

it('tells messages apart, but not by their counters', () => {
  expect(withoutCounters('at 10%: holding until 17:50:03 UTC.')).toBe(withoutCounters('at 10%: holding until 17:50:09 UTC.'));
  expect(withoutCounters('at 10%: 62 of 100 requests')).toBe(withoutCounters('at 10%: 68 of 100 requests'));
  expect(withoutCounters('at 10%')).not.toBe(withoutCounters('at 50%'));
});
