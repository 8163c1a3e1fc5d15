import { describe, expect, it } from '@jest/globals';

import { CARRIER } from '../../../serving/contract/carrier.ts';
import type { Entry } from '../../../tools/replay/entry.ts';
import { atMost, p99AtMost, quantile, ratioOf } from '../../bench/delivery/figures.ts';
import { startsOf } from '../../bench/delivery/starts.ts';
import { delays } from '../../bench/delivery/weights.ts';

const OPERATOR = 'system:serviceaccount:recommender-system:recommender-operator';
const KUBELET = 'system:node:one';
const NOON = Date.parse('2026-03-01T12:00:00Z');

/** A write that came `ms` after noon and took one millisecond. */
function write(ms: number, user: string, resource: string, name: string, more: { subresource?: string; verb?: string; requestObject?: unknown } = {}): Entry {
  const { subresource, verb = 'patch', requestObject } = more;
  const time = (at: number): string => new Date(NOON + at).toISOString();
  return {
    verb,
    user: { username: user },
    objectRef: { resource, name, ...(subresource === undefined ? {} : { subresource }) },
    requestObject,
    requestReceivedTimestamp: time(ms),
    stageTimestamp: time(ms + 1),
  };
}

describe('figures', () => {
  it('takes percentiles by nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([quantile(hundred, 0.5), quantile(hundred, 0.99), quantile([3, 1, 2], 0.99), quantile([], 0.5)]).toEqual([50, 99, 3, NaN]);
  });

  it('says whether a target is reached, and of how many values', () => {
    expect(p99AtMost([120, 80.456], 100)).toEqual({ figure: 120, target: 100, reached: false, statistic: 'p99', count: 2, p50: 80.46 });
    expect(atMost(5, 5, { noise: 1 })).toEqual({ figure: 5, target: 5, reached: true, noise: 1 });
  });

  it('does not take nothing for a success', () => {
    expect(p99AtMost([], 100).reached).toBe(false);
  });

  describe('how many times as large one sample is as another', () => {
    const sample = Array.from({ length: 24 }, (_, index) => 100 + index);
    const times = (factor: number) => sample.map((value) => factor * value);

    it('is one where they are alike, and with bounds around it', () => {
      const { ratio, within } = ratioOf(sample, sample);
      expect(ratio).toBe(1);
      expect(within[0]).toBeCloseTo(1 / within[1], 3);
      expect(within[0]).toBeLessThan(0.97);
    });

    it('is hardly moved by a round far off', () => {
      expect(ratioOf(times(2), sample).ratio).toBe(2);
      expect(ratioOf([...times(2), 1_000_000], sample).ratio).toBeCloseTo(2, 1);
    });

    // The tables of Mann and Whitney give 13 and 127 for 5%, and so many quotients lie below the lower bound.
    it.each([[8, 13], [20, 127]])('has bounds by the ranks of the quotients, of %i and as many values above %i', (count, below) => {
      const [ones, others] = [1.01, 1.01 ** count].map((step) => Array.from({ length: count }, (_, index) => step ** index)) as [number[], number[]];
      const quotients = ones.flatMap((one) => others.map((other) => one / other)).toSorted((one, other) => one - other);
      const ranks = [quotients[below], quotients[quotients.length - 1 - below]];
      expect(ratioOf(ones, others).within).toEqual(ranks.map((value) => Number(value?.toPrecision(4))));
    });
  });
});

describe('from apply to Rollout', () => {
  const release = (start: number, version: string): Entry[] => [
    write(start, 'admin', 'recommendermodels', 'start-0'),
    write(start + 30, OPERATOR, 'jobs', `start-0-validate-${version}`),
    write(start + 900, KUBELET, 'pods', `start-0-validate-${version}-x`, { subresource: 'status' }),
    write(start + 2000, KUBELET, 'pods', `start-0-validate-${version}-x`, { subresource: 'status' }),
    write(start + 2020, OPERATOR, 'modelversions', `start-0-${version}`, { subresource: 'status' }),
    write(start + 2040, KUBELET, 'pods', `start-0-validate-${version}-x`, { subresource: 'status' }),
    write(start + 2080, OPERATOR, 'rollouts', 'start-0'),
  ];

  it('leaves out what the Job took, and knows which word of the kubelet was the one', () => {
    expect(startsOf('start-0', [...release(0, '1.0.0'), ...release(5000, '2.0.0')])).toEqual([
      { applyToJob: 31, reportToRollout: 81 },
      { applyToJob: 31, reportToRollout: 81 },
    ]);
  });

  it('counts the word of the kubelet that the operator heard by its watch before the kubelet had its answer', () => {
    const heardAtOnce = release(0, '1.0.0').map((each) =>
      each.objectRef?.resource === 'modelversions' ? write(2000, OPERATOR, 'modelversions', 'start-0-1.0.0', { subresource: 'status' }) : each);
    expect(startsOf('start-0', heardAtOnce)).toEqual([{ applyToJob: 31, reportToRollout: 81 }]);
  });

  it('does not make up what the log does not tell', () => {
    expect(() => startsOf('start-0', release(0, '1.0.0').slice(0, 2))).toThrow('does not tell how start-0 started');
  });
});

describe('from a weight to all splitters', () => {
  const weight = (ms: number, percent: number, version?: string): Entry =>
    write(ms, 'argo-rollouts', 'ingresses', 'books-canary', {
      requestObject: { metadata: { annotations: { [CARRIER.weight]: String(percent), ...(version === undefined ? {} : { [CARRIER.candidateVersion]: version }) } } },
    });

  it('waits for the last pod, and leaves out the weight at which the candidate becomes the champion', () => {
    const pods = [
      [{ time: NOON + 40, weight: 10 }, { time: NOON + 5030, weight: 50 }],
      [{ time: NOON + 90, weight: 10 }, { time: NOON + 5020, weight: 50 }],
    ];
    expect(delays([weight(0, 10, '2.0.0'), weight(5000, 50), weight(9000, 100)], { candidate: '2.0.0', pods })).toEqual([90, 30]);
  });

  it('is endless where a pod never had it, or had it only in an earlier release', () => {
    expect(delays([weight(0, 10, '2.0.0')], { candidate: '2.0.0', pods: [[{ time: NOON + 40, weight: 10 }], []] })).toEqual([Infinity]);
    expect(delays([weight(9000, 10, '2.0.0')], { candidate: '2.0.0', pods: [[{ time: NOON + 40, weight: 10 }]] })).toEqual([Infinity]);
  });
});
