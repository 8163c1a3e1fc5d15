import { PORT } from '../../../serving/contract/http.ts';
import { METRICS } from '../../../serving/contract/metrics.ts';
import type { Api } from './api.ts';
import { tryAsk } from './ask.ts';
import type { Check } from './check.ts';
import type { Model } from './seen.ts';

/** How many pods Prometheus scrapes, by model and version. */
interface Counts {
  data?: { result?: { metric: { model?: string; version?: string }; value: [at: number, count: string] }[] };
}

type Series = NonNullable<NonNullable<Counts['data']>['result']>;

/**
 * Whether the champions of the namespace are scraped now. Their status does not show it: a healthy model keeps the
 * measurements of its last release.
 * @param prometheus path through the API server of one that is ready; undefined if there is none
 */
export async function scraping(api: Api, prometheus: string | undefined): Promise<Check[]> {
  const models = (await api.models().catch(() => [])).filter(({ status }) => status?.champion !== undefined);
  if (models.length === 0) return [];
  if (prometheus === undefined) return [unknown('the pods that Prometheus scrapes are unknown: it was not queried, see the line above')];
  // Each pod has one such series from its start, and Prometheus drops it with the first scrape that fails.
  const query = `count by (model, version) (${METRICS.goldenFailures.name}{model_namespace="${api.namespace}"})`;
  const answer = await tryAsk<Counts | undefined>(api, `${prometheus}/api/v1/query`, { query });
  if (answer.is === 'failing') return [unknown(`cannot query the pods that Prometheus scrapes: ${answer.why}`)];
  const series = answer.is === 'found' ? answer.value?.data?.result : undefined;
  if (series === undefined) return [unknown('cannot query the pods that Prometheus scrapes: /api/v1/query is not available to you')];
  return models.map((model) => scrapingOf(model, series));
}

const unknown = (message: string): Check => ({ what: 'metrics', result: 'Unknown', message });

function scrapingOf({ metadata: { name, namespace = '' }, spec, status }: Model, series: Series): Check {
  const what = `metrics of ${name}`;
  const version = status?.champion?.version ?? '';
  const count = Number(series.find(({ metric }) => metric.model === name && metric.version === version)?.value[1] ?? 0);
  if (count === 0) {
    const page = 'docs/operating.md, "Prometheus"';
    const advice = `let it scrape port ${PORT} of the pods in ${namespace} (${page}), and check that they are running`;
    return { what, result: 'Missing', message: `Prometheus scrapes no pods of ${version}, so nothing can be measured: ${advice}` };
  }
  const message = `Prometheus scrapes ${count} ${count === 1 ? 'pod' : 'pods'} of ${version}`;
  // During a release the champion may have fewer pods, if the number of pods divides the users.
  const least = status?.candidate ? 1 : spec.serving.replicas.min;
  if (count >= least) return { what, result: 'Ok', message };
  const advice = 'check its targets page and whether the other pods are running';
  return { what, result: 'Advice', message: `${message}, expected at least ${least}: ${advice}` };
}
