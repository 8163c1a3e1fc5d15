import { describe, expect, it } from '@jest/globals';
import { model } from '../../../operator/testing/builders.ts';
import { KubeError } from '../../../operator/kube/errors.ts';
import type { Api } from './api.ts';
import { istioVersion, mesh } from './mesh.ts';

/** A cluster with a model of this router that knows VirtualServices in these versions, and runs Argo Rollouts with these flags. */
function cluster(type: 'Istio' | 'BuiltIn', versions: string[], args: string[] = []): Api {
  const wish = model('1.0.0');
  const send = ({ path }: { path: string }): Promise<unknown> => {
    if (path === '/apis/apps/v1/deployments') return Promise.resolve({ items: [{ spec: { template: { spec: { containers: [{ args }] } } } }] });
    if (versions.includes(path.split('/').at(-1) ?? '')) return Promise.resolve({ resources: [{ name: 'virtualservices' }] });
    return Promise.reject(new KubeError({ status: 404, reason: 'NotFound', message: path }));
  };
  const models = () => Promise.resolve([{ ...wish, spec: { ...wish.spec, delivery: { ...wish.spec.delivery, router: { type } } } }]);
  return { client: { send }, models } as unknown as Api;
}

const results = async (api: Api) => (await mesh(api)).map(({ result }) => result);

describe('the doctor, of a mesh', () => {
  it('says nothing where no model asks for one', async () => {
    expect(await mesh(cluster('BuiltIn', []))).toEqual([]);
  });

  it('looks for the version of the operator and for that of Argo Rollouts', async () => {
    expect(await results(cluster('Istio', ['v1', 'v1alpha3']))).toEqual(['Ok', 'Ok']);
    expect(await mesh(cluster('Istio', ['v1']))).toContainEqual({
      what: 'Istio',
      result: 'Missing',
      message: expect.stringMatching(/^VirtualServices are not served as networking\.istio\.io\/v1alpha3 \(used by Argo Rollouts/),
    });
    expect(await results(cluster('Istio', ['v1'], ['--istio-api-version=v1']))).toEqual(['Ok', 'Ok']);
    expect(await results(cluster('Istio', []))).toEqual(['Missing', 'Missing']);
  });

  it('reads the flag in both forms', () => {
    expect([['--istio-api-version', 'v1beta1'], ['--loglevel=debug', '--istio-api-version=v1'], ['--loglevel=debug']].map((args) => istioVersion(args))).toEqual(['v1beta1', 'v1', undefined]);
  });
});
