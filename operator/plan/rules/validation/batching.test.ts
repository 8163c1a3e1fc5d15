import { describe, expect, it } from '@jest/globals';
import { judged, passed } from '../../../testing/judged.ts';

const batchDependence = 'Its answer to a request depends on the requests scored beside it.';

describe('a version whose answers depend on what is scored beside them', () => {
  it('is released by default, and its record says that it is slower for it', () => {
    const { stage, reason } = judged(passed({ batchDependence }));
    expect([stage, reason]).toEqual(['Challenger', expect.stringContaining(`${batchDependence} Its pods score one request at a time, which is slower.`)]);
  });

  it('is rejected where that is asked for', () => {
    const { stage, reason } = judged(passed({ batchDependence }), { delivery: { batchDependence: 'Reject' } });
    expect([stage, reason]).toEqual(['Rejected', expect.stringContaining('set delivery.validation.batchDependence to Allow')]);
    expect(judged(passed(), { delivery: { batchDependence: 'Reject' } }).stage).toBe('Challenger');
  });
});
