import { describe, expect, it } from '@jest/globals';
import type { Summary } from '../../examples/books/traffic/ledger.ts';
import { commandLines, comparisonTable, readersTable, releaseLines, resultLine, rowsFor, sentence, shieldedIn, specLines, wentBack } from './format.ts';

const version = { requests: 1200, users: 640, clicks: 348, ctr: 0.29, fallback: 20, shielded: 7 };
const SUMMARY: Summary = {
  requests: 2000,
  failed: 0,
  failures: [],
  retried: 0,
  skipped: 0,
  versions: { '1.0.0': version, '2.0.0': { ...version, requests: 40, users: 38, clicks: 13, ctr: 0.325, shielded: 0 } },
  switches: { '1.0.0->2.0.0': 12 },
};

describe('what readers did', () => {
  it('is a row a version, and none for one that nobody saw', () => {
    expect(readersTable(SUMMARY, ['1.0.0', '2.0.0', '3.0.0']).split('\n')).toEqual([
      'version  readers  answers  clicks  clicks per answer',
      '1.0.0        640    1,200     348              29.0%',
      '2.0.0         38       40      13              32.5%',
    ]);
  });

  it('sums up what the shield hid, and who went where', () => {
    expect(shieldedIn(SUMMARY)).toBe(7);
    expect([wentBack(SUMMARY, '1.0.0', '2.0.0'), wentBack(SUMMARY, '2.0.0', '1.0.0')]).toEqual([12, 0]);
  });
});

it('picks the rows of the named versions', () => {
  const printed = 'version recall@10 NDCG@10\npopularity 0.11 0.12\n1.0.0 0.2 0.2\n2.0.0 0.3 0.3\n2.1.0 0.3 0.3\n';
  expect(rowsFor(['version', 'popularity', '2.0.0'], printed)).toBe('version recall@10 NDCG@10\npopularity 0.11 0.12\n2.0.0 0.3 0.3');
});

it('shows spec.release as it is applied', () => {
  expect(releaseLines({ version: '2.0.0', uri: 'http://store/2.0.0/', digest: 'sha256:9f' })).toBe(
    '  release:\n    version: 2.0.0\n    uri: http://store/2.0.0/\n    digest: sha256:9f',
  );
});

it('shows the spec of a scenario as in a manifest', () => {
  expect(specLines({ delivery: { strategy: 'Shadow', shadow: { holdFor: '10s' } } })).toBe('  delivery:\n    strategy: Shadow\n    shadow:\n      holdFor: 10s');
});

it('compares measurements with their limits, and shows those without one', () => {
  const found = [
    { metric: 'shadow-requests', estimate: '2084.496', threshold: '40', verdict: 'Pass' },
    { metric: 'shadow-overlap', estimate: '0.45391', threshold: '0.6', verdict: 'Fail' },
    { metric: 'shadow-coverage', estimate: '1', verdict: 'Pass' },
  ];
  expect(comparisonTable(found).split('\n')).toEqual([
    'metric           found  limit  verdict',
    'shadow-requests  2,084     40     Pass',
    'shadow-overlap   0.454    0.6     Fail',
    'shadow-coverage      1            Pass',
  ]);
});

it('writes a command that a shell takes as it is', () => {
  expect(commandLines(['helm', 'upgrade', '--install', 'a', 'charts/a', '--set-string', 'hosts={*.local}'], ['--set-string'])).toBe(
    "helm upgrade --install a charts/a \\\n    --set-string 'hosts={*.local}'",
  );
});

it('makes sentences of messages', () => {
  expect(sentence('not within 20 s: the users\n  get answers')).toBe('Not within 20 s: the users get answers.');
});

it('ends with one line of JSON', () => {
  expect(resultLine({ demo: 'failed', seconds: 3, reason: 'It was stopped.' })).toBe('{"demo":"failed","seconds":3,"reason":"It was stopped."}');
});
