import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createSparseLog, log, messageOf } from './log.ts';

const lines: unknown[] = [];
beforeEach(() => {
  lines.length = 0;
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(JSON.parse(String(line))) > 0);
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe('the log', () => {
  it('is one line of JSON for each message', () => {
    log('info', 'ready', { version: '1.0.0', missing: undefined });
    expect(lines).toEqual([{ time: expect.any(String), level: 'info', msg: 'ready', version: '1.0.0' }]);
  });

  it('says frequent things seldom, and how often it did not', () => {
    const clock = { now: 0 };
    const sparse = createSparseLog(1000, () => clock.now);
    for (let times = 0; times < 3; times += 1) sparse('warn', 'shielded');
    sparse('error', 'other');
    clock.now = 1000;
    sparse('warn', 'shielded');
    expect(lines).toMatchObject([
      { msg: 'shielded', suppressed: 0 },
      { msg: 'other', suppressed: 0 },
      { msg: 'shielded', suppressed: 2 },
    ]);
  });

  it('shows of an error what went wrong, not where in the code', () => {
    expect([messageOf(new Error('first\n  at second')), messageOf('text')]).toEqual(['first', 'text']);
  });
});
