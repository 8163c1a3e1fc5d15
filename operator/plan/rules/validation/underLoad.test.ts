import { describe, expect, it } from '@jest/globals';
import { CONFIG, model, release } from '../../../testing/builders.ts';
import { judged, passed } from '../../../testing/judged.ts';
import { validationJob } from '../../objects/validationJob.ts';

describe('delivery.validation.load', () => {
  const load = { requestsPerSecond: 50, requests: 150, failed: 0, p50Ms: 1.2, p99Ms: 41.7, memoryBytes: 150 * 2 ** 20, memoryGrowthBytes: 2 ** 21 };
  const limited = (limits: object) => ({ delivery: { load: { requestsPerSecond: 50, duration: '3s', ...limits } } });

  it('rejects what answers nothing, limit or not', () => {
    const { stage, reason } = judged(passed({ load: { ...load, failed: 150 } }));
    expect([stage, reason]).toEqual(['Rejected', '2.0.0 was rejected before any user saw it: At 50 requests per second, all of its 150 requests failed. Everyone stayed on 1.0.0.']);
  });

  it('only tells the figures where no limit is set, however bad they are', () => {
    const { stage, reason, evidence = [], written } = judged(passed({ load: { ...load, p99Ms: 5_000, failed: 3 } }));
    expect(stage).toBe('Challenger');
    expect(reason).toContain('At 50 requests per second, its median latency was 1.2 ms and its 99th percentile latency 5000 ms (3 of 150 requests failed); it used at most 150 MiB of memory, 2 MiB of it added by the load.');
    expect(evidence.map(({ metric }) => metric)).toEqual(['item-coverage', 'user-coverage']);
    expect(written?.validation).toEqual({ requestsPerSecond: 50, requests: 150, failed: 3, p50: '1.2ms', p99: '5000ms', memory: '150Mi', memoryGrowth: '2Mi' });
  });

  it.each([
    [{ p99Latency: '40ms' }, 'At 50 requests per second, its 99th percentile latency was 41.7 ms; delivery.validation.load.p99Latency is 40ms.', { metric: 'load-p99-latency', estimate: '0.0417', threshold: '0.04', verdict: 'Fail' }],
    [{ memory: '128Mi' }, 'It used 150 MiB of memory under load; delivery.validation.load.memory is 128Mi.', { metric: 'load-memory', estimate: '157286400', threshold: '134217728', verdict: 'Fail' }],
  ])('rejects above a limit, and leaves the Rollout alone: %o', (limits, told, figure) => {
    const { stage, reason, evidence, runs } = judged(passed({ load }), limited(limits));
    expect([stage, runs, reason]).toEqual(['Rejected', '1.0.0', `2.0.0 was rejected before any user saw it: ${told} Everyone stayed on 1.0.0.`]);
    expect(evidence).toContainEqual(figure);
  });

  it('passes within the limits, with the figures as evidence', () => {
    const { stage, evidence } = judged(passed({ load }), limited({ p99Latency: '50ms', memory: '1Gi' }));
    expect([stage, evidence?.filter(({ verdict }) => verdict === 'Pass')]).toEqual(['Challenger', evidence]);
  });

  it('holds where limits are set and nothing was measured: no pass, and nothing against the bundle', () => {
    const { stage, status, runs } = judged(passed(), limited({ p99Latency: '50ms' }));
    expect([stage, status.phase, runs]).toEqual([undefined, 'Validating', '1.0.0']);
    expect(status.conditions?.find(({ type }) => type === 'Stalled')).toMatchObject({ status: 'True', reason: 'NotMeasured' });
  });

  it('is given by the Job, which is made anew when it changes', () => {
    const job = (requestsPerSecond: number) => {
      const { spec } = model('2.0.0');
      const delivery = { ...spec.delivery, validation: { ...spec.delivery.validation, load: { requestsPerSecond, duration: '3s' } } };
      return validationJob(model('2.0.0', { spec: { delivery } }), release('2.0.0'), CONFIG);
    };
    const text = (requestsPerSecond: number) => JSON.stringify(job(requestsPerSecond));
    expect(text(50)).toContain('{"name":"LOAD_REQUESTS_PER_SECOND","value":"50"},{"name":"LOAD_DURATION_MS","value":"3000"}');
    expect(text(0)).not.toContain('LOAD_');
    expect(job(50).metadata.annotations).not.toEqual(job(60).metadata.annotations);
    // The Job of a rollback to an earlier version.
    expect(JSON.stringify(validationJob(model('2.0.0'), release('1.0.0'), CONFIG))).not.toContain('LOAD_');
  });
});
