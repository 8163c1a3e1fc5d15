import { describe, expect, it } from '@jest/globals';
import { createLog } from './log.ts';

function logged(use: (log: ReturnType<typeof createLog>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  use(createLog({ level: 'info', write: (line) => lines.push(line) }));
  for (const line of lines) expect(line).toMatch(/^[^\n]*\n$/);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('log', () => {
  it('writes one JSON object a line, with the fields of its parents', () => {
    const [line] = logged((log) => log.with({ kind: 'Rollout' }).warn('lost\ntouch', { key: 'shop/books' }));
    expect(line).toMatchObject({ level: 'warn', msg: 'lost\ntouch', kind: 'Rollout', key: 'shop/books' });
    expect(Date.parse(String(line?.['time']))).not.toBeNaN();
  });

  it('leaves out what is below its level', () => {
    expect(logged((log) => log.debug('detail'))).toEqual([]);
  });

  it('prints the message of an error and of its cause, no stack, no secrets, no floods', () => {
    const error = new Error('not written', { cause: new Error('ECONNRESET') });
    const [line] = logged((log) => log.error('failed', { error, headers: { Authorization: 'Bearer x' }, apiKey: 'k', big: 'x'.repeat(9000) }));
    expect(line).toMatchObject({ error: 'not written: ECONNRESET', headers: { Authorization: '[hidden]' }, apiKey: '[hidden]' });
    expect(String(line?.['big']).length).toBeLessThan(2100);
  });
});
