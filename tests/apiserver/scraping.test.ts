import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { METRICS } from '../../serving/contract/metrics.ts';
import type { Api } from '../../tools/cli/cluster/api.ts';
import { scraping } from '../../tools/cli/cluster/scraping.ts';
import type { Model } from '../../tools/cli/cluster/seen.ts';
import { model } from '../../operator/testing/builders.ts';
import { startPrometheus, type Scraped, type TestPrometheus } from './prometheus.ts';

const HOUR = 3600;
const now = Math.floor(Date.now() / 1000);

let prometheus: TestPrometheus;
beforeAll(async () => {
  prometheus = await startPrometheus();
}, 60_000);
afterAll(() => prometheus.stop());

/** One scrape of a pod. */
const pod = (name: string, labels: Record<string, string>, at = now): Scraped => ({
  name: METRICS.goldenFailures.name,
  labels: { model_namespace: 'shop', version: '1.0.0', pod: name, ...labels },
  points: [{ at, value: 0 }],
});

const serving = (name: string): Model => ({
  ...model('1.0.0'),
  metadata: { name, namespace: 'shop' },
  status: { phase: 'Healthy', champion: { version: '1.0.0', digest: '', uri: '', since: '' } },
});

/** The doctor in the namespace shop, which reaches Prometheus without an API server in between. */
function doctor(models: Model[]): Api {
  const send = async ({ path, query }: { path: string; query: Record<string, string> }) => (await fetch(`${path}?${new URLSearchParams(query).toString()}`)).json();
  return { client: { send }, namespace: 'shop', models: () => Promise.resolve(models) } as unknown as Api;
}

it('the doctor counts the pods of a champion that Prometheus sees now', async () => {
  await prometheus.tell([
    pod('books-1', { model: 'books' }),
    pod('books-2', { model: 'books' }),
    pod('books-3', { model: 'books', version: '0.9.0' }),
    pod('books-4', { model: 'books', model_namespace: 'staging' }),
    pod('films-1', { model: 'films' }, now - HOUR),
  ]);
  expect(await scraping(doctor([serving('books'), serving('films')]), prometheus.origin)).toEqual([
    { what: 'metrics of books', result: 'Ok', message: 'Prometheus scrapes 2 pods of 1.0.0' },
    { what: 'metrics of films', result: 'Missing', message: expect.stringMatching(/^Prometheus scrapes no pods of 1\.0\.0/) },
  ]);
});

/** What the operator shows of a model: whether it is ready, and the share of users of its champion, if it has one. */
const shown = (name: string, ready: number, hasChampion = true): Scraped[] => {
  const labels = { namespace: 'shop', name, version: '2.0.0' };
  const points = (value: number) => [{ at: now, value }];
  return [
    { name: 'recommender_rollout_condition', labels: { ...labels, type: 'Ready' }, points: points(ready) },
    ...(hasChampion ? [{ name: 'recommender_rollout_weight_percent', labels: { ...labels, version: '1.0.0' }, points: points(100) }] : []),
  ];
};

it('the alert on an outage fires for a champion without ready pods alone', async () => {
  const [, alerts = ''] = /```promql\n(max by .*?)```/s.exec(readFileSync('docs/operating.md', 'utf8')) ?? [];
  const [outage = ''] = alerts.split('\n');
  await prometheus.tell([...shown('serves', 1), ...shown('starts-its-first-version', 0, false)]);
  expect(await prometheus.ask(outage, now)).toEqual([]);
  await prometheus.tell(shown('serves-nobody', 0));
  expect(await prometheus.ask(outage, now)).toEqual([0]);
});
