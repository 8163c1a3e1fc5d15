import { describe, expect, it } from '@jest/globals';

import { fitted } from './report.ts';

const report = (message: string, metrics: Record<string, number> = {}) =>
  ({ result: 'Invalid', reason: 'ManifestInvalid', message, metrics }) as const;
const manyMetrics = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`metric${index}`, 0.123456789]));

describe('a report in 4096 bytes', () => {
  it.each([
    ['a short one', report('Wrong.', { 'ndcg@10': 0.4 })],
    ['a long message', report('x'.repeat(10_000))],
    ['many metrics', report('Wrong.', manyMetrics)],
    ['a message of control characters', report('\u0001'.repeat(10_000), manyMetrics)],
  ])('is still a report: %s', (_what, given) => {
    const text = fitted(given);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
    const { result, reason, message } = JSON.parse(text) as typeof given;
    expect([result, reason, given.message.startsWith(message.slice(0, 6))]).toEqual(['Invalid', 'ManifestInvalid', true]);
  });
});
