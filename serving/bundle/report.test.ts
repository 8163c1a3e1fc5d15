import { describe, expect, it } from '@jest/globals';
import { CONTRACT_SAMPLE, type ValidationReport } from '../contract/report.ts';
import { fitted } from './report.ts';

const report = (message: string, metrics: Record<string, number> = {}) =>
  ({ result: 'Invalid', reason: 'ManifestInvalid', message, metrics }) as const;
const manyMetrics: Record<string, number> = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`metric${index}`, 0.123456789]));

const input = { name: 'user', from: 'context.neighbourhood', type: 'float32[16]', required: false, vocabulary: 10_000_000 };
const ids = { count: 10_000_000, sample: 'A'.repeat((CONTRACT_SAMPLE * 16) / 3) };
const contract = { task: 'items-to-items', inputs: Array.from({ length: 12 }, () => input), outputs: ['items', 'scores'], items: ids, users: ids };

describe('a report in 4096 bytes', () => {
  it('holds a large contract with its samples and a dozen metrics', () => {
    const metrics = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`metric-${index}`, 0.123456789]));
    const load = { requestsPerSecond: 2_000, requests: 120_000, failed: 120_000, p50Ms: 1234.56, p99Ms: 1234.56, memoryBytes: 2 ** 40, memoryGrowthBytes: 2 ** 40 };
    const given = { ...report('x'.repeat(200), metrics), contract, load };
    expect(JSON.parse(fitted(given))).toEqual(given);
  });

  it('keeps the metrics that are asked for, and a sample of the ids, whatever else has no room', () => {
    const wide = { ...contract, inputs: Array.from({ length: 16 }, (_, index) => ({ ...input, name: `context-${String(index)}-${'n'.repeat(24)}` })) };
    const given = { ...report('Fine.', manyMetrics), contract: wide };
    const told = JSON.parse(fitted(given, ['metric7', 'absent'])) as ValidationReport;
    expect(told.metrics).toEqual({ metric7: manyMetrics['metric7'] });
    expect(told.contract?.inputs).toEqual(wide.inputs);
    const [items, users] = [told.contract?.items, told.contract?.users].map((set) => Buffer.from(set?.sample ?? '', 'base64'));
    expect([40 * 4, 80 * 4]).toContain(items?.length);
    expect([users, told.contract?.items.count]).toEqual([Buffer.from(ids.sample, 'base64').subarray(0, items?.length), ids.count]);
  });

  it('keeps them without the contract where that is too long for any report', () => {
    const endless = { ...contract, inputs: Array.from({ length: 16 }, () => ({ ...input, name: 'n'.repeat(200) })) };
    const told = JSON.parse(fitted({ ...report('Fine.', manyMetrics), contract: endless }, ['metric7'])) as ValidationReport;
    expect([told.metrics, told.contract]).toEqual([{ metric7: manyMetrics['metric7'] }, undefined]);
  });

  it('goes without its lineage before anything that is judged', () => {
    const given = { ...report('Wrong.', { 'ndcg@10': 0.4 }), contract: { ...contract, inputs: [input] }, lineage: { data: 'x'.repeat(4000) } };
    expect(JSON.parse(fitted(given))).toEqual({ ...given, lineage: undefined });
  });

  it.each([
    ['a short one', report('Wrong.', { 'ndcg@10': 0.4 })],
    ['a long message', report('x'.repeat(10_000))],
    ['many metrics', report('Wrong.', manyMetrics)],
    ['a contract of long names', { ...report('Wrong.', manyMetrics), contract: { ...contract, inputs: Array.from({ length: 16 }, () => ({ ...input, name: 'n'.repeat(200) })) } }],
    ['a message of control characters', report('\u0001'.repeat(10_000), manyMetrics)],
  ])('is still a report: %s', (_what, given) => {
    const text = fitted(given);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
    const { result, reason, message } = JSON.parse(text) as typeof given;
    expect([result, reason, given.message.startsWith(message.slice(0, 6))]).toEqual(['Invalid', 'ManifestInvalid', true]);
  });
});
