import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RecommenderModel } from '../../operator/api/model.ts';
import { type Guardrail, guardrailsOf, sampleSize } from '../../operator/plan/spec/guardrails.ts';
import { queryOf } from '../../operator/plan/spec/measurement.ts';
import { shadowChecks } from '../../operator/plan/spec/shadowChecks.ts';
import { METRICS } from '../../serving/contract/metrics.ts';
import { model } from '../../operator/testing/builders.ts';
import { startPrometheus, type Scraped, type TestPrometheus } from './prometheus.ts';

const HOUR = 3600;
/** What is told ends here, and what is asked is asked as of here: however long it takes, the numbers are the same. */
const now = Math.floor(Date.now() / 1000);

/** What one attempt at the version counts an hour, from and until when; hours before now. */
interface Attempt {
  from: number;
  until: number;
  hourly: number;
}

/** The counter of one pod that sees all attempts, as a scrape every 30 s finds it. */
function scraped(name: string, labels: Record<string, string>, attempts: readonly Attempt[], every = 30): Scraped {
  const points: { at: number; value: number }[] = [];
  let value = 0;
  for (let at = now - 42 * HOUR; at <= now; at += every) {
    const hoursAgo = (now - at) / HOUR;
    const running = attempts.find(({ from, until }) => hoursAgo < from && hoursAgo >= until);
    value += ((running?.hourly ?? 0) * every) / HOUR;
    points.push({ at, value });
  }
  return { name, labels: { model_namespace: 'shop', model: 'books', ...labels }, points };
}

const filled = (guardrail: Guardrail, version: string, since: number): string =>
  queryOf(guardrail).replaceAll('{{args.namespace}}', 'shop').replaceAll('{{args.model}}', 'books').replaceAll('{{args.version}}', version).replaceAll('{{args.since}}', String(now - since * HOUR));

describe('what a version tried again is judged by', () => {
  let prometheus: TestPrometheus;
  beforeAll(async () => {
    prometheus = await startPrometheus();
  }, 60_000);
  afterAll(() => prometheus.stop());

  const measure = (guardrail: Guardrail | undefined, version: string, since: number) => {
    if (!guardrail) throw new Error('there is no such guardrail');
    return prometheus.ask(filled(guardrail, version, since), now);
  };
  const forwarded = (version: string, attempts: readonly Attempt[], every?: number) =>
    prometheus.tell([scraped(METRICS.forwarded.name, { version, pod: 'books-1', outcome: 'ok' }, attempts, every)]);

  it('counts what it answered in the last day, long after an earlier attempt has left that day', async () => {
    await forwarded('2.0.0', [{ from: 40, until: 36, hourly: 10_000 }, { from: 26, until: 0, hourly: 500 }]);
    expect(await measure(sampleSize(model('2.0.0')), '2.0.0', 26)).toEqual([expect.closeTo(12_000, -2)]);
  });

  it('counts nothing of an earlier attempt that is within the day', async () => {
    await forwarded('2.1.0', [{ from: 6, until: 3, hourly: 10_000 }, { from: 2, until: 0, hourly: 300 }]);
    expect(await measure(sampleSize(model('2.1.0')), '2.1.0', 2)).toEqual([expect.closeTo(600, -1.5)]);
  });

  it('counts all of it where Prometheus scrapes once a minute, and measurements come every few seconds', async () => {
    await forwarded('2.2.0', [{ from: 1, until: 0, hourly: 600 }], 60);
    const often = model('2.2.0', { spec: { analysis: { ...model('2.2.0').spec.analysis, interval: '3s' } } });
    expect(await measure(sampleSize(often), '2.2.0', 1)).toEqual([expect.closeTo(600, -1.5)]);
  });

  it('yields nothing, and not 0 of something, where nothing was scraped', async () => {
    expect(await measure(sampleSize(model('3.0.0')), '3.0.0', 1)).toEqual([]);
  });

  it('sees the errors of its shadow though an earlier attempt had more of them', async () => {
    const earlier = { from: 30, until: 26 };
    const present = { from: 20, until: 0 };
    const outcome = (name: string, before: number, hourly: number) =>
      scraped(METRICS.shadow.name, { version: '2.0.0', pod: 'books-1', outcome: name }, [{ ...earlier, hourly: before }, { ...present, hourly }]);
    await prometheus.tell([outcome('compared', 700, 920), outcome('error', 300, 80), outcome('timeout', 0, 0)]);
    const check = (name: string) => shadowChecks(shadowed).find((each) => each.name === name);
    expect(await measure(check('shadow-requests'), '2.0.0', 20)).toEqual([expect.closeTo(18_400, -2.5)]);
    expect(await measure(check('shadow-error-rate'), '2.0.0', 20)).toEqual([expect.closeTo(-20_000, -2.5), expect.closeTo(0.08, 3)]);
  });

  it('has the number of its requests before the share of them that failed', async () => {
    const guardrail = guardrailsOf(model('4.0.0')).find(({ name }) => name === 'error-rate');
    const hour = { from: 1, until: 0 };
    const outcome = (version: string, name: string, hourly: number) => scraped(METRICS.forwarded.name, { version, pod: 'books-1', outcome: name }, [{ ...hour, hourly }]);
    await prometheus.tell([outcome('4.0.0', 'ok', 1_080), outcome('4.0.0', 'error', 120)]);
    expect(await measure(guardrail, '4.0.0', 1)).toEqual([expect.closeTo(-100, -1), expect.closeTo(0.1, 3)]);
  });
});

const shadowed: RecommenderModel = model('2.0.0', { spec: { delivery: { ...model('2.0.0').spec.delivery, strategy: 'Shadow' } } });
