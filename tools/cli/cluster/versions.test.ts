import { describe, expect, it } from '@jest/globals';

import { version } from '../../../operator/testing/builders.ts';
import { newestFirst } from './api.ts';
import type { Version } from './seen.ts';
import { versionTable } from './versions.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');

const ordered = (...numbers: string[]) => newestFirst(numbers.map((number) => version(number))).map(({ spec }) => spec.version);

describe('the versions of a model', () => {
  it('are in the order of their numbers, the newest first, as no list by name is', () => {
    expect(ordered('1.10.0', '1.9.0', '2.0.0', '1.9.1')).toEqual(['2.0.0', '1.10.0', '1.9.1', '1.9.0']);
    expect(ordered('2.0.0-rc.10', '2.0.0', '2.0.0-rc.9', '1.0.0')).toEqual(['2.0.0', '2.0.0-rc.10', '2.0.0-rc.9', '1.0.0']);
  });

  it('end with numbers that are too large to be compared', () => {
    expect(ordered('99999999999999999999.0.0', '1.0.0')).toEqual(['1.0.0', '99999999999999999999.0.0']);
  });

  it('are listed with what became of each', () => {
    const rejected = { at: '2026-03-01T11:00:00Z', from: 'Challenger', to: 'Rejected', by: 'recommender-operator', reason: '2.0.0 was rejected.' };
    const registered = (each: Version): Version => ({ ...each, metadata: { ...each.metadata, creationTimestamp: '2026-02-26T08:00:00Z' } });
    const all = [version('2.0.0', 'Rejected', { decisions: [rejected] }), version('1.10.0')].map(registered);
    expect(versionTable(all, NOW).split('\n')).toEqual([
      'VERSION  STAGE     DECIDED  AGE   REASON',
      '2.0.0    Rejected  1h       3d4h  2.0.0 was rejected.',
      '1.10.0   -                  3d4h',
    ]);
    expect(versionTable([], NOW)).toBe('No versions are registered yet.');
  });
});
