import { beforeAll, describe, expect, jest } from '@jest/globals';
import type { AnalysisRun } from '../../operator/api/argo.ts';
import type { KubernetesObject } from '../../operator/api/objects.ts';
import { imageNames } from '../../tools/cluster/images.ts';
import { until } from '../../tools/testenv/until.ts';
import { openE2E } from './e2e.ts';
import { exporter, ODD, oddGuardrails } from './exporter.ts';
import { ordered } from './ordered.ts';
import { undisturbed } from './undisturbed.ts';
import { untilReverted } from './untilReverted.ts';

/** Numbers that are none, in releases of each strategy, and edits by hand. The tests build on each other. */
jest.setTimeout(240_000);

const NAMESPACE = 'e2e-faults';
const HASH = 'rollouts-pod-template-hash';

const e2e = await openE2E(NAMESPACE);
const { cluster, untilStatus, untilServing } = e2e;
const numbers = exporter(cluster, NAMESPACE, '2.1.0');

beforeAll(() => numbers.start(imageNames().examples));

let usersAreThere = false;
const step = ordered(async () => {
  if (usersAreThere) await e2e.nobodyGotAnError();
});
const untilSaid = (text: RegExp) => untilStatus(`the status says ${String(text)}`, ({ message }) => text.test(message ?? ''));
/** Of a metric, by the gate that a canary of one step is at. */
const measuredAtGate = async (metric: string) => {
  const runs = (await cluster.list('AnalysisRun', NAMESPACE)) as AnalysisRun[];
  const gates = runs.filter(({ metadata, status }) => metadata.labels?.['step-index'] === '2' && status?.phase === 'Running');
  return gates.flatMap(({ status }) => status?.metricResults ?? []).find(({ name }) => name === metric)?.measurements ?? [];
};

const delivery = { canary: { steps: [{ weight: 10, hold: '2s' }] } };
const analysis = { interval: '3s', window: '20s', minRequests: 40, guardrails: { averageLatency: '1s', p99Latency: '4s' } };

describe('numbers that are none', () => {
  step('hold a canary, each with its reason, and a counter that was reset counts nothing', async () => {
    await e2e.apply('1.0.0', { delivery });
    await untilServing('1.0.0');
    await numbers.say('odd');
    await e2e.apply('2.1.0', { delivery, analysis: { ...analysis, custom: oddGuardrails(NAMESPACE) } });
    await untilStatus('it has users', ({ candidate }) => candidate?.weight === 10);
    await numbers.say('reset');
    for (const name of ODD) {
      await until(`${name} was measured three times`, async () => (await measuredAtGate(`odd-${name}`)).length >= 3, 60_000);
      expect((await measuredAtGate(`odd-${name}`)).map(({ phase }) => phase)).not.toContain('Successful');
    }
    const { message, verdicts = [], candidate, champion } = (await e2e.model())?.status ?? {};
    expect(message).toMatch(/^2\.1\.0 at 10% of users, step 1 of 1: 0 of 40 requests needed/);
    expect([candidate?.weight, champion?.version]).toEqual([10, '1.0.0']);
    const reasons = Object.fromEntries(verdicts.map(({ metric, verdict, reason }) => [metric, [verdict, reason]]));
    expect(reasons).toMatchObject({
      'odd-nan': ['Wait', 'the query returned NaN, which cannot be compared with a limit'],
      'odd-infinite': ['Wait', 'the query returned +Inf, which cannot be compared with a limit'],
      'odd-empty': ['Wait', 'not enough data yet'],
      'odd-many': ['Wait', 'the query returned 3 series instead of one'],
      'odd-stale': ['Wait', 'not enough data yet'],
    });
    await e2e.startTraffic(50);
    usersAreThere = true;
    await untilSaid(/^2\.1\.0 at 10% of users, step 1 of 1: odd-nan: the query returned NaN, which cannot be compared with a limit\.$/);
  });
});

describe('what somebody edits by hand', () => {
  step('is reverted within seconds, and no user gets an error', async () => {
    const carrier = async () => (await cluster.get('Ingress', { namespace: NAMESPACE, name: 'books-books-canary' }))?.metadata.annotations?.['recommender.dev/canary-weight'];
    const selector = async () => ((await cluster.get('Service', { namespace: NAMESPACE, name: 'books' })) as { spec?: { selector?: Record<string, string> } }).spec?.selector;
    expect([await carrier(), Object.keys((await selector()) ?? {})]).toEqual(['10', expect.arrayContaining([HASH])]);
    const told = await undisturbed(async () => {
      const share = { what: 'the share of users', kind: 'ingress', name: 'books-books-canary', body: { metadata: { annotations: { 'recommender.dev/canary-weight': '100' } } } };
      await untilReverted(cluster, NAMESPACE, share, carrier);
      await untilReverted(cluster, NAMESPACE, { what: 'the pods of the champion', kind: 'service', name: 'books', body: { spec: { selector: { [HASH]: null } } } }, selector);
      const steps = { what: 'the steps', kind: 'rollout', name: 'books', body: { spec: { strategy: { canary: { steps: [{ setWeight: 100 }] } } } } };
      await untilReverted(cluster, NAMESPACE, steps, async () => (await e2e.rollout())?.spec.strategy?.canary?.steps);
      await untilSaid(/^2\.1\.0 at 10% of users, step 1 of 1: odd-nan/);
      return until('three Events tell of it', async () => {
        const events = (await cluster.list('Event', NAMESPACE)) as (KubernetesObject & { reason: string; note: string })[];
        const notes = events.filter(({ reason }) => reason === 'EditedByHand').map(({ note }) => note);
        return notes.length >= 3 ? notes.join('\n') : undefined;
      });
    });
    expect(told).toMatch(/kubectl-patch set recommender\.dev\/canary-weight="100" on Ingress books-books-canary/);
    expect(told).toMatch(/Reverted a manual edit of Service books: \.spec\.selector \(by kubectl-patch\)/);
    expect(told).toMatch(/Reverted a manual edit of Rollout books: .*steps/);
  });

  step('does not stop the release: once the numbers are good everyone has it', async () => {
    await numbers.say('good');
    await untilServing('2.1.0');
  });
});

describe('numbers that are none, in the other strategies', () => {
  const odd = { ...analysis, custom: oddGuardrails(NAMESPACE) };
  const said = (where: string) => untilSaid(new RegExp(`^${where}: odd-nan: the query returned NaN, which cannot be compared with a limit\\.$`));

  step('hold a second stack with its users', async () => {
    await numbers.say('odd');
    await e2e.apply('2.0.0', { delivery: { strategy: 'BlueGreen', blueGreen: { weight: 20, validateFor: '2s' } }, analysis: odd });
    await said('2\\.0\\.0 at 20% of users, step 2 of 2');
    await numbers.say('good');
    await untilServing('2.0.0');
  });

  step('hold what was shadowed, once it has users', async () => {
    await numbers.say('odd');
    await e2e.apply('1.0.0', { delivery: { ...delivery, strategy: 'Shadow', shadow: { holdFor: '2s' } }, analysis: odd });
    await untilStatus('it is shadowed', ({ phase }) => phase === 'Shadow');
    await said('1\\.0\\.0 at 10% of users, step 2 of 2');
    await numbers.say('good');
    await untilServing('1.0.0');
  });
});
