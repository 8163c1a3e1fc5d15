import { describe, expect, it } from '@jest/globals';
import type { AnalysisRun } from '../../../api/argo.ts';
import type { DecisionRecord, ModelVersion } from '../../../api/model.ts';
import { analysisRun, CONFIG, digestOf, model, NOW, observed, rollout, validation, version } from '../../../testing/builders.ts';
import { expectInvariants } from '../../../testing/invariants.ts';
import { type Plan, plan } from '../../plan.ts';
import type { Observed } from '../../state/observed.ts';

const at = (minutesAgo: number) => new Date(NOW - minutesAgo * 60_000).toISOString().replace('.000Z', 'Z');
const secondsAt = (minutesAgo: number) => NOW / 1000 - minutesAgo * 60;

const PASSED = { result: 'Passed', reason: 'Valid', message: 'fine' } as const;

function planned(situation: Observed, now = NOW): Plan {
  const result = plan(situation, CONFIG, now);
  expectInvariants(situation, result);
  expect(plan(situation, CONFIG, now)).toEqual(result);
  return result;
}

const delivery = model('2.0.0').spec.delivery;
const watchFor = (time: string) => ({ spec: { delivery: { ...delivery, after: { ...delivery.after, watchFor: time } } } });
const desired = (number: string, time = '1h') => model(number, watchFor(time));

function promoted(number: string, minutesAgo: number, from = 'Challenger'): ModelVersion {
  const record: DecisionRecord = { at: at(minutesAgo), from, to: 'Champion', by: 'recommender-operator', reason: `${number} was promoted.` };
  return version(number, 'Champion', { championSince: at(minutesAgo), decisions: [record] });
}

const retired = (number: string, minutesAgo: number) =>
  version(number, 'Retired', {
    championSince: at(minutesAgo + 60),
    decisions: [{ at: at(minutesAgo), from: 'Champion', to: 'Retired', by: 'recommender-operator', reason: `${number} was replaced.` }],
  });

const METRICS = ['error-rate', 'average-latency', 'p99-latency', 'inference-errors', 'throttled-rate'];

/** The run of the watch over a version promoted ten minutes ago. */
function run(judged: string, metrics: Parameters<typeof analysisRun>[1], minutesAgo = 10): AnalysisRun {
  const { metadata, status, ...rest } = analysisRun(judged, metrics);
  const results = status?.metricResults?.map((each) => ({ ...each, successful: each.measurements?.at(-1)?.phase === 'Successful' ? 1 : 0 }));
  return { ...rest, metadata: { ...metadata, name: `books-watch-${String(secondsAt(minutesAgo))}`, labels: {} }, status: { ...status, ...(results ? { metricResults: results } : {}) } };
}

const good = Object.fromEntries(METRICS.map((name) => [name, { phase: 'Successful' as const, value: name === 'inference-errors' ? '[0]' : '[-62.9,0.01]' }]));
const bad = { ...good, 'error-rate': { phase: 'Failed' as const, value: '[-62.9,0.3]' } };
const stages = ({ versions }: Plan) => versions.map(({ spec, status }) => [spec.version, status?.stage]);
const named = ({ objects }: Plan, kind: string) => objects.filter((each) => each.kind === kind);
const events = ({ announcements }: Plan) => announcements.map(({ type, reason }) => [type, reason]);
const template = (result: Plan) => JSON.stringify(named(result, 'Rollout')[0]?.['spec']);

const world = (runs: AnalysisRun[], more: Partial<Observed> = {}) =>
  observed(desired('2.0.0'), { versions: [retired('1.0.0', 10), promoted('2.0.0', 10)], rollout: rollout('2.0.0'), runs, owned: runs, ...more });

describe('the watch over a new champion', () => {
  it('is one AnalysisRun for each promotion, over the metrics of the champion itself', () => {
    const result = planned(world([]));
    const [made, ...others] = named(result, 'AnalysisRun');
    expect([made?.metadata.name, others]).toEqual([`books-watch-${String(secondsAt(10))}`, []]);
    expect(JSON.stringify(made)).not.toContain('recommendation_forwarded');
    expect(result.status).toMatchObject({
      phase: 'Watching',
      message: '2.0.0 serves everyone and is watched until 2026-03-01 12:50 UTC; if a guardrail is violated, everyone returns to 1.0.0.',
    });
    expect(result.status.conditions).toContainEqual(expect.objectContaining({ type: 'Progressing', status: 'False' }));
    expect(result.requeueAfterMs).toBe(50 * 60_000);
  });

  it('compares with the last hour of the champion before, as of the promotion', () => {
    const [made] = named(planned(world([])), 'AnalysisRun');
    const metrics = (made?.['spec'] as { metrics: { name: string; successCondition: string; provider: { prometheus: { query: string } } }[] }).metrics;
    expect(metrics.map(({ name }) => name)).toEqual([...METRICS, 'error-rate-ratio', 'average-latency-ratio', 'p99-latency-ratio', 'fallback-share-ratio']);
    const ratio = metrics.find(({ name }) => name === 'p99-latency-ratio');
    expect(ratio?.provider.prometheus.query).toContain(`version="1.0.0"}[3600s] @ ${String(secondsAt(10))}`);
    expect(ratio?.successCondition).toContain('result[1] <= 1.5');
  });

  it('is not begun again by another operator, nor over a champion of long ago, one that was gone back to, or where it is turned off', () => {
    const going = planned(world([run('2.0.0', good)]));
    const old = planned(observed(desired('2.0.0'), { versions: [retired('1.0.0', 90), promoted('2.0.0', 90)], rollout: rollout('2.0.0') }));
    const back = planned(observed(desired('2.0.0'), { versions: [promoted('2.0.0', 10, 'Retired')], rollout: rollout('2.0.0') }));
    const off = planned({ ...world([run('2.0.0', good)]), model: desired('2.0.0', '0s') });
    expect([going, old, back, off].map((each) => named(each, 'AnalysisRun').length)).toEqual([0, 0, 0, 0]);
    expect([going, old, back, off].map(({ status }) => status.phase)).toEqual(['Watching', 'Healthy', 'Healthy', 'Healthy']);
    expect(off.prune.map(({ kind }) => kind)).toEqual(['AnalysisRun']);
  });

  it('ends with a record when its time is over and every guardrail was kept', () => {
    const since = { versions: [retired('1.0.0', 61), promoted('2.0.0', 61)] };
    const result = planned(world([run('2.0.0', good, 61)], since));
    const [champion] = result.versions;
    expect(champion?.status).toMatchObject({ stage: 'Champion', championSince: at(61) });
    expect(champion?.status?.decisions?.[0]).toMatchObject({ from: 'Champion', rule: 'WatchKept' });
    expect(champion?.status?.decisions?.[0]?.evidence?.map(({ metric }) => metric)).toEqual(METRICS);
    expect(events(result)).toEqual([['Normal', 'WatchKept']]);
    const after = planned(world([run('2.0.0', good, 61)], { versions: [retired('1.0.0', 61), champion!] }));
    expect([after.status.phase, after.versions, after.prune.map(({ kind }) => kind)]).toEqual(['Healthy', [], ['AnalysisRun']]);
  });

  it('goes on without data and without Prometheus: that is neither a pass nor a failure', () => {
    const since = { versions: [retired('1.0.0', 61), promoted('2.0.0', 61)] };
    const dead = { ...good, 'p99-latency': { phase: 'Error' as const, message: 'connection refused' } };
    const result = planned(world([run('2.0.0', dead, 61)], since));
    expect([result.status.phase, stages(result)]).toEqual(['Watching', []]);
    expect(result.status.message).toContain('until every guardrail has been measured (p99-latency: could not be measured: connection refused)');
  });
});

describe('a champion that does not keep its guardrails', () => {
  it('is given up: the bundle of the one before is tried first, then everyone returns and the digest is quarantined', () => {
    const trying = planned(world([run('2.0.0', bad)]));
    expect([stages(trying), named(trying, 'Rollout'), named(trying, 'Job').length, trying.status.phase]).toEqual([[], [], 1, 'Watching']);
    expect(trying.status.message).toContain('30% of its requests failed (62 requests in 5m), above the limit of 5%');

    const tried = world([run('2.0.0', bad)], validation('1.0.0', PASSED));
    const back = planned(tried);
    expect(stages(back)).toEqual([['1.0.0', 'Champion'], ['2.0.0', 'RolledBack']]);
    expect(template(back)).toContain(digestOf('1.0.0'));
    const given = back.versions[1]?.status?.decisions?.[0];
    expect(given).toMatchObject({ by: 'recommender-operator', reason: expect.stringContaining('30% of its requests failed (62 requests in 5m), above the limit of 5%') });
    expect(given?.evidence).toContainEqual(expect.objectContaining({ metric: 'error-rate', estimate: '0.3', verdict: 'Fail' }));
    expect(events(back)).toEqual([['Normal', 'WatchViolated'], ['Warning', 'WatchViolated']]);

    // The next look, and every sync of the same manifest.
    const held = planned({ ...tried, versions: back.versions, jobs: [], pods: [], rollout: rollout('1.0.0') });
    expect([stages(held), held.status.phase, named(held, 'AnalysisRun')]).toEqual([[], 'RolledBack', []]);
    expect(held.status.message).toContain('Everyone returns to it. It is not retried until spec.release changes');
  });

  it('also when it is only worse than the one before, within every limit', () => {
    const worse = { ...good, 'p99-latency-ratio': { phase: 'Failed' as const, value: '[-62.9,2.4]' } };
    const { message } = planned(world([run('2.0.0', worse)])).status;
    expect(message).toContain('its 99th percentile latency was 2.4 times that of 1.0.0 or 200 ms, whichever is greater (62 requests in 5m), above the limit of 1.5 times');
  });

  it('stays given up when the operator ends between the two records', () => {
    const back = planned(world([run('2.0.0', bad)], validation('1.0.0', PASSED)));
    const halfWay = [back.versions[0], promoted('2.0.0', 10)] as ModelVersion[];
    const finished = planned(world([run('2.0.0', bad)], { versions: halfWay }), NOW + 1000);
    expect(stages(finished)).toEqual([['2.0.0', 'RolledBack']]);
  });

  it('serves on while the bundle of the one before cannot be had, which is said', () => {
    const gone = { result: 'Invalid', reason: 'DigestMismatch', message: 'model.onnx has another digest.' } as const;
    const result = planned(world([run('2.0.0', bad)], validation('1.0.0', gone)));
    expect([stages(result), template(result).includes(digestOf('2.0.0')), result.status.phase]).toEqual([[['2.0.0', 'Champion']], true, 'Watching']);
    expect(result.status.message).toContain('1.0.0 cannot be restored: its bundle is not usable (model.onnx has another digest)');
    expect(events(result)).toEqual([['Warning', 'NoWayBack']]);
  });

  it('is told of once while there is no way back, and everyone returns when there is one', () => {
    const gone = { result: 'Invalid', reason: 'DigestMismatch', message: 'model.onnx has another digest.' } as const;
    const first = planned(world([run('2.0.0', bad)], validation('1.0.0', gone)));
    const told = { versions: [retired('1.0.0', 10), ...first.versions] };
    const still = planned(world([run('2.0.0', bad)], { ...told, ...validation('1.0.0', gone) }), NOW + 60_000);
    expect([stages(still), events(still), still.status.phase, still.prune]).toEqual([[], [], 'Watching', []]);
    expect(still.status.message).toBe(first.status.message);
    const back = planned(world([run('2.0.0', bad)], { ...told, ...validation('1.0.0', PASSED) }), NOW + 60_000);
    expect(stages(back)).toEqual([['1.0.0', 'Champion'], ['2.0.0', 'RolledBack']]);
  });

  it('does not hold up the newer desired version that is to end it', () => {
    const gone = { result: 'Invalid', reason: 'DigestMismatch', message: 'model.onnx has another digest.' } as const;
    const first = planned(world([run('2.0.0', bad)], validation('1.0.0', gone)));
    const told = { ...validation('1.0.0', gone), versions: [retired('1.0.0', 10), ...first.versions, version('3.0.0', 'Candidate')], model: desired('3.0.0') };
    const begun = planned(world([run('2.0.0', bad)], told), NOW + 60_000);
    expect([stages(begun), begun.status.phase]).toEqual([[['3.0.0', 'Validating']], 'Validating']);
    const validating = [...told.versions.slice(0, -1), ...begun.versions];
    const { objects } = planned(world([run('2.0.0', bad)], { ...told, jobs: [], versions: validating }), NOW + 60_000);
    expect(objects.filter(({ kind }) => kind === 'Job')).toHaveLength(1);
  });

  it('is only told of where there is no version before', () => {
    const first = world([run('1.0.0', bad)], { model: desired('1.0.0'), versions: [promoted('1.0.0', 10)], rollout: rollout('1.0.0') });
    const result = planned(first);
    expect([stages(result), events(result)]).toEqual([[['1.0.0', 'Champion']], [['Warning', 'NothingToReturnTo']]]);
    expect(result.status.conditions).toContainEqual(expect.objectContaining({ type: 'GuardrailsHold', status: 'False' }));
    expect(result.versions[0]?.status?.decisions?.[0]?.reason).toContain('There is no previous version to return to, so nothing changes.');
    expect(planned({ ...first, versions: result.versions }).announcements).toEqual([]);
  });
});

describe('a newer desired version while the champion is watched', () => {
  const newer = { model: desired('3.0.0'), versions: [retired('1.0.0', 10), promoted('2.0.0', 10), version('3.0.0', 'Challenger')] };

  it('is not held up, and starts from the version gone back to when the champion fails before', () => {
    const starting = planned(world([run('2.0.0', good)], newer));
    expect(template(starting)).toContain(digestOf('3.0.0'));
    const back = planned(world([run('2.0.0', bad)], { ...newer, ...validation('1.0.0', PASSED) }));
    expect(stages(back)).toEqual([['1.0.0', 'Champion'], ['2.0.0', 'RolledBack']]);
  });

  it('is decided first once it is among users', () => {
    const among = planned(world([run('2.0.0', bad)], { ...newer, rollout: rollout('3.0.0', { stable: '2.0.0', currentStepIndex: 1 }) }));
    expect([stages(among), named(among, 'Rollout'), among.status.phase]).toEqual([[], [], 'Canary']);
  });
});
