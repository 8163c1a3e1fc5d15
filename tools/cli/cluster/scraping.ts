import { PORT } from '../../../serving/contract/http.ts';
import { METRICS } from '../../../serving/contract/metrics.ts';
import type { Api } from './api.ts';
import { tryAsk } from './ask.ts';
import type { Check } from './check.ts';
import type { Model } from './seen.ts';

/** How many pods Prometheus sees, by model and version. */
interface Counts {
  data?: { result?: { metric: { model?: string; version?: string }; value: [at: number, count: string] }[] };
}

type Series = NonNullable<NonNullable<Counts['data']>['result']>;

/**
 * Whether the champions of the namespace are scraped now. Their status does not tell: a healthy model keeps the measurements
 * of its last release.
 * @param prometheus path of one that is ready, through the API server; undefined where none is known to be
 */
export async function scraping(api: Api, prometheus: string | undefined): Promise<Check[]> {
  const models = (await api.models().catch(() => [])).filter(({ status }) => status?.champion !== undefined);
  if (models.length === 0) return [];
  if (prometheus === undefined) return [unknown('which pods Prometheus sees is not known, since it is not asked: see the line above')];
  // Each pod has one such series from its start on, and Prometheus forgets it with the first scrape that fails.
  const query = `count by (model, version) (${METRICS.goldenFailures.name}{model_namespace="${api.namespace}"})`;
  const answer = await tryAsk<Counts | undefined>(api, `${prometheus}/api/v1/query`, { query });
  if (answer.is === 'failing') return [unknown(`Prometheus does not tell which pods it sees: ${answer.why}`)];
  const series = answer.is === 'there' ? answer.value?.data?.result : undefined;
  if (series === undefined) return [unknown('Prometheus does not tell which pods it sees: it has no /api/v1/query for you')];
  return models.map((model) => scrapingOf(model, series));
}

const unknown = (says: string): Check => ({ what: 'metrics', result: 'Unknown', says });

function scrapingOf({ metadata: { name, namespace = '' }, spec, status }: Model, series: Series): Check {
  const what = `metrics of ${name}`;
  const version = status?.champion?.version ?? '';
  const count = Number(series.find(({ metric }) => metric.model === name && metric.version === version)?.value[1] ?? 0);
  if (count === 0) {
    return { what, result: 'Missing', says: `Prometheus sees no pod of ${version}, so nothing can be measured: let it scrape port ${PORT} of the pods in ${namespace} (docs/operating.md, "Prometheus"), and look whether they run` };
  }
  const says = `Prometheus sees ${count} ${count === 1 ? 'pod' : 'pods'} of ${version}`;
  // With a candidate on its way the champion may have fewer pods, where their number divides the users.
  const least = status?.candidate ? 1 : spec.serving.replicas.min;
  return count < least
    ? { what, result: 'Advice', says: `${says}, but there are to be ${least}: look at its page of targets, and whether the others run` }
    : { what, result: 'Ok', says };
}
