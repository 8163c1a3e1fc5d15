import { describe, expect, it } from '@jest/globals';

import { KubeError } from '../../../operator/kube/errors.ts';
import { model } from '../../../operator/testing/builders.ts';
import type { Api } from './api.ts';
import { prometheus, proxyPath } from './prometheus.ts';
import type { Model } from './seen.ts';

const ROOT = '/api/v1/namespaces/monitoring/services/http:prometheus:9090/proxy';
const READY = `${ROOT}/-/ready`;
const QUERY = `${ROOT}/api/v1/query`;

const refused = (status: number, message: string) => new KubeError({ status, reason: '', message });
const pods = (version: string, count: number) => ({ metric: { model: 'books', version }, value: [1_772_366_400, String(count)] });
const seeing = (...result: unknown[]) => ({ status: 'success', data: { resultType: 'vector', result } });

/** Healthy, with what was measured when its champion was released. */
const healthy = (status: Model['status'] = {}): Model => ({
  ...model('1.0.0'),
  status: { phase: 'Healthy', champion: { version: '1.0.0', digest: '', uri: '', since: '' }, verdicts: [{ metric: 'error-rate', estimate: '0', verdict: 'Pass' }], ...status },
});

/** A cluster with these answers of Prometheus, by path: an error is thrown. `asked` collects the paths. */
function cluster(answers: Record<string, unknown>, { models = [healthy()], asked = [] as string[] } = {}): Api {
  const env = [{ name: 'PROMETHEUS_URL', value: 'http://prometheus.monitoring:9090' }];
  const known = { '/apis/apps/v1/deployments': { items: [{ spec: { template: { spec: { containers: [{ env }] } } } }] }, ...answers };
  const send = ({ path }: { path: string }): Promise<unknown> => {
    asked.push(path);
    const answer = (known as Record<string, unknown>)[path];
    return answer === undefined || answer instanceof Error ? Promise.reject(answer ?? refused(404, path)) : Promise.resolve(answer);
  };
  return { client: { send }, namespace: 'shop', models: () => Promise.resolve(models) } as unknown as Api;
}

const metrics = async (api: Api) => (await prometheus(api)).filter(({ what }) => what !== 'Prometheus');

describe('the doctor, of Prometheus', () => {
  it.each([
    ['http://prometheus.monitoring:9090', ROOT],
    ['https://prometheus.monitoring.svc.cluster.local/base/', '/api/v1/namespaces/monitoring/services/https:prometheus:443/proxy/base'],
    ['http://prometheus.example.org', undefined],
    ['http://localhost:9090', undefined],
  ])('asks %s through the API server, if it is of the cluster', (address, path) => {
    expect(proxyPath(address)).toBe(path);
  });

  it('finds that the champion is scraped', async () => {
    expect(await prometheus(cluster({ [READY]: 'yes', [QUERY]: seeing(pods('0.9.0', 1), pods('1.0.0', 2)) }))).toEqual([
      { what: 'Prometheus', result: 'Ok', message: 'http://prometheus.monitoring:9090 is ready' },
      { what: 'metrics of books', result: 'Ok', message: 'Prometheus scrapes 2 pods of 1.0.0' },
    ]);
  });

  it('finds that it is not, whatever was measured once, and says what to do', async () => {
    for (const answer of [seeing(), seeing(pods('0.9.0', 2)), seeing({ ...pods('1.0.0', 2), metric: { model: 'films', version: '1.0.0' } })]) {
      expect(await metrics(cluster({ [READY]: 'yes', [QUERY]: answer }))).toEqual([
        { what: 'metrics of books', result: 'Missing', message: expect.stringMatching(/^Prometheus scrapes no pods of 1\.0\.0, .*: let it scrape port 8080 of the pods in shop/) },
      ]);
    }
  });

  it('advises to look where some pods are not scraped, but for a candidate, which may take their place', async () => {
    const answers = { [READY]: 'yes', [QUERY]: seeing(pods('1.0.0', 1)) };
    expect(await metrics(cluster(answers))).toMatchObject([{ result: 'Advice', message: expect.stringMatching(/^Prometheus scrapes 1 pod of 1\.0\.0, expected at least 2: /) }]);
    const candidate = { version: '2.0.0', digest: '', since: '' };
    expect(await metrics(cluster(answers, { models: [healthy({ candidate })] }))).toMatchObject([{ result: 'Ok' }]);
  });

  it('knows nothing of the pods where Prometheus does not answer, and does not ask it twice', async () => {
    const asked: string[] = [];
    const found = await prometheus(cluster({ [READY]: refused(503, 'no endpoints available') }, { asked }));
    expect(found).toMatchObject([{ what: 'Prometheus', result: 'Missing' }, { what: 'metrics', result: 'Unknown', message: expect.stringContaining('it was not queried') }]);
    expect(asked).not.toContain(QUERY);
  });

  it.each([
    ['who is not let through', refused(403, 'no'), /available to you$/],
    ['whose Prometheus fails', refused(500, 'the query took too long'), /: the query took too long$/],
    ['whose Prometheus answers something else', { status: 'success' }, /available to you$/],
  ])('knows nothing of the pods for one %s', async (_, answer, message) => {
    expect(await metrics(cluster({ [READY]: 'yes', [QUERY]: answer }))).toEqual([{ what: 'metrics', result: 'Unknown', message: expect.stringMatching(message) }]);
  });

  it('asks nothing where nothing serves yet', async () => {
    const asked: string[] = [];
    expect(await metrics(cluster({ [READY]: 'yes' }, { models: [model('1.0.0')], asked }))).toEqual([]);
    expect(asked).not.toContain(QUERY);
  });
});
