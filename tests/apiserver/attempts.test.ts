import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { RecommenderModel } from '../../operator/api/model.ts';
import { type Guardrail, guardrailsOf, sampleSize } from '../../operator/plan/spec/guardrails.ts';
import { queryOf, read } from '../../operator/plan/spec/measurement.ts';
import { shadowChecks } from '../../operator/plan/spec/shadowChecks.ts';
import { watchGuardrails } from '../../operator/plan/spec/watchGuardrails.ts';
import { METRICS } from '../../serving/contract/metrics.ts';
import { model } from '../../operator/testing/builders.ts';
import { startPrometheus, type Scraped, type TestPrometheus } from './prometheus.ts';

const HOUR = 3600;
/**
 * What is told ends here, and what is asked is asked as of here: however long it takes, the numbers are the same. A full minute,
 * since counters are read at multiples of the step.
 */
const now = Math.floor(Date.now() / 60_000) * 60;

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

/** The counter of a pod as it was found at some times, seconds before now. */
const found = (name: string, labels: Record<string, string>, values: Readonly<Record<number, number>>): Scraped => ({
  name,
  labels: { model_namespace: 'shop', model: 'books', outcome: 'ok', ...labels },
  points: Object.entries(values).map(([ago, value]) => ({ at: now - Number(ago), value })).toSorted((a, b) => a.at - b.at),
});

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

  it('rests on no more requests than there were, whatever happens to the pods that count them', async () => {
    const pod = (name: string, values: Readonly<Record<number, number>>) => found(METRICS.forwarded.name, { version: '5.0.0', pod: name }, values);
    // 66 requests since the last scrape but one; a restart, of which 30 are seen before it; and a pod that is new, with 20.
    const seldom = pod('a', { 601: 100, 451: 100, 301: 100, 151: 100, 1: 166 });
    await prometheus.tell([seldom, pod('b', { 120: 70, 90: 100, 60: 5, 30: 5, 1: 5 }), pod('c', { 60: 0, 30: 10, 1: 20 })]);
    const extrapolated = await prometheus.ask('sum(increase(recommendation_forwarded_total{version="5.0.0",pod="a"}[300s]))', now);
    expect(extrapolated[0]).toBeGreaterThan(120);
    const [requests = 0] = await measure(guardrailsOf(model('5.0.0')).find(({ name }) => name === 'error-rate'), '5.0.0', 1);
    expect(-requests).toBeLessThanOrEqual(66 + 30 + 5 + 20);
    expect(-requests).toBeGreaterThanOrEqual(30 + 10);
  });

  it('is compared with a champion that served for less than a minute, where the window is short', async () => {
    const since = now - 20;
    const desired = model('6.1.0', { spec: { analysis: { ...model('6.1.0').spec.analysis, window: '20s' } } });
    const seconds = (from: number, until: number) => Array.from({ length: (until - from) / 2 + 1 }, (_, index) => from + index * 2);
    const counter = (name: string, version: string, outcome: string, from: number, until: number, perSecond: number) =>
      found(name, { version, pod: 'books-1', outcome }, Object.fromEntries(seconds(from, until).map((at) => [now - at, (at - from) * perSecond])));
    const versionOf = (version: string, from: number, until: number, failures: number) => [
      counter(METRICS.requests.name, version, 'ok', from, until, 50 - failures),
      counter(METRICS.requests.name, version, 'error', from, until, failures),
      counter(METRICS.inferenceErrors.name, version, '', from, until, 0),
    ];
    await prometheus.tell([...versionOf('6.0.0', since - 40, since, 0), ...versionOf('6.1.0', since, now, 10)]);
    const ratio = watchGuardrails(desired, { version: '6.0.0', until: since }).find(({ name }) => name === 'error-rate-ratio');
    // A fifth of the requests against the floor of a tenth of 5%.
    expect((await measure(ratio, '6.1.0', 1))[1]).toBeCloseTo(40, 6);
  });

  it('has the number of its requests before the share of them that failed', async () => {
    const guardrail = guardrailsOf(model('4.0.0')).find(({ name }) => name === 'error-rate');
    const hour = { from: 1, until: 0 };
    const outcome = (version: string, name: string, hourly: number) => scraped(METRICS.forwarded.name, { version, pod: 'books-1', outcome: name }, [{ ...hour, hourly }]);
    await prometheus.tell([outcome('4.0.0', 'ok', 1_080), outcome('4.0.0', 'error', 120)]);
    expect(await measure(guardrail, '4.0.0', 1)).toEqual([expect.closeTo(-100, -1), expect.closeTo(0.1, 3)]);
  });
});

/** The guardrail of the page on releases: the share of requests that led to a click, at least 2%. */
function documentedGuardrail(): Guardrail {
  const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync('docs/releasing.md', 'utf8')) ?? [];
  const { custom } = (parse(yaml) as { spec: { analysis: Pick<RecommenderModel['spec']['analysis'], 'custom'> } }).spec.analysis;
  const base = model('1.0.0');
  const clickRate = guardrailsOf({ ...base, spec: { ...base.spec, analysis: { ...base.spec.analysis, custom } } }).find(({ name }) => name === 'click-rate');
  if (!clickRate) throw new Error('docs/releasing.md has no guardrail click-rate');
  return clickRate;
}

describe('the documented guardrail on clicks', () => {
  const MINUTES = 15;
  const guardrail = documentedGuardrail();
  let prometheus: TestPrometheus;
  beforeAll(async () => {
    prometheus = await startPrometheus();
  }, 60_000);
  afterAll(() => prometheus.stop());

  /** Two requests a second, of which a share leads to a click 30 s later, as scrapes every 15 s find them. */
  function visited(version: string, share: number, random: () => number): Scraped[] {
    const start = now - MINUTES * 60;
    const clicks = Array.from({ length: MINUTES * 120 }, (_, index) => ({ at: start + index / 2 + 30, happens: random() < share })).filter(({ happens }) => happens);
    const counter = (name: string, labels: Record<string, string>, until: (at: number) => number) =>
      found(name, { version, ...labels }, Object.fromEntries(Array.from({ length: MINUTES * 4 + 1 }, (_, index) => [now - start - index * 15, until(start + index * 15)])));
    const requests = (at: number) => (at - start) * 2;
    return [
      counter(METRICS.forwarded.name, { pod: 'champion' }, requests),
      counter(METRICS.requests.name, { pod: 'candidate' }, requests),
      counter(METRICS.feedback.name, { pod: 'champion', event: 'click' }, (at) => clicks.filter((click) => click.at <= at).length),
    ];
  }

  /** What each minute says of a version. */
  async function verdicts(version: string): Promise<('Wait' | 'Pass' | 'Fail')[]> {
    const said = Array.from({ length: MINUTES }, async (_, minute) => {
      const numbers = await prometheus.ask(filled(guardrail, version, 1), now - minute * 60);
      const { value } = read(`[${numbers.join(',')}]`, guardrail.restsOn);
      if (value === undefined) return 'Wait';
      return Number(value) < (guardrail.min ?? 0) ? 'Fail' : 'Pass';
    });
    return (await Promise.all(said)).reverse();
  }

  it('rejects none of 60 versions of which 5% are clicked, and each of 20 that nobody clicks; until there are enough requests it waits', async () => {
    const random = seeded(7);
    const good = Array.from({ length: 60 }, (_, index) => `1.0.${String(index)}`);
    const dead = Array.from({ length: 20 }, (_, index) => `2.0.${String(index)}`);
    await prometheus.tell([...good.flatMap((version) => visited(version, 0.05, random)), ...dead.flatMap((version) => visited(version, 0, random))]);
    for (const version of good) expect(await verdicts(version)).toEqual(expect.not.arrayContaining(['Fail']));
    for (const version of dead) {
      const all = await verdicts(version);
      expect([all[0], all.at(-1), all.includes('Pass')]).toEqual(['Wait', 'Fail', false]);
    }
  });
});

describe('a query that yields a scalar', () => {
  it('is judged like one that yields a series', async () => {
    const prometheus = await startPrometheus();
    try {
      const base = model('1.0.0');
      const custom = [{ name: 'free', query: 'scalar(count(up)) / 2 # half', max: '1', minRequests: 0 }, { name: 'one', query: '1 - 0.5', max: '1' }];
      await prometheus.tell([found(METRICS.forwarded.name, { version: '1.0.0', pod: 'a' }, { 280: 0, 220: 30, 160: 60, 100: 60, 40: 60 })]);
      const judged = guardrailsOf({ ...base, spec: { ...base.spec, analysis: { ...base.spec.analysis, custom } } }).slice(-2);
      const answers = await Promise.all(judged.map((guardrail) => prometheus.ask(filled(guardrail, '1.0.0', 1), now)));
      expect(answers).toEqual([[Number.NaN], [-1e12 - 60, 0.5]]);
    } finally {
      await prometheus.stop();
    }
  });
});

/** Numbers from 0 to 1, the same in each run. Numerical Recipes' linear congruential generator. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

const shadowed: RecommenderModel = model('2.0.0', { spec: { delivery: { ...model('2.0.0').spec.delivery, strategy: 'Shadow' } } });
