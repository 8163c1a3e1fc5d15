import { KINDS } from '../../../operator/api/kinds.ts';
import type { Api } from './api.ts';
import { ask } from './ask.ts';
import type { Check } from './check.ts';
import { ARGO_ROLLOUTS, deployments } from './installed.ts';

const { apiVersion, plural } = KINDS.VirtualService;
const GROUP = apiVersion.slice(0, apiVersion.indexOf('/'));
/** The default of Argo Rollouts. */
const USUAL = 'v1alpha3';

/** Whether VirtualServices can be written, if a model needs them: the operator and Argo Rollouts each use their own API version. */
export async function mesh(api: Api): Promise<Check[]> {
  const models = await api.models().catch(() => []);
  // A cluster with older CRDs has no routers.
  const routers = models.map(({ spec }) => (spec.delivery as Partial<typeof spec.delivery>).router?.type);
  if (!routers.includes('Istio')) return [];
  return [
    await served(api, apiVersion, 'used by the operator'),
    await served(api, `${GROUP}/${await versionOfArgo(api)}`, 'used by Argo Rollouts, see its flag --istio-api-version'),
  ];
}

async function served(api: Api, version: string, whatFor: string): Promise<Check> {
  const what = 'Istio';
  const found = await ask<{ resources: { name: string }[] }>(api, `/apis/${version}`);
  const isThere = found.is === 'found' && found.value.resources.some(({ name }) => name === plural);
  if (isThere) return { what, result: 'Ok', message: `VirtualServices are served as ${version}` };
  const message = `VirtualServices are not served as ${version} (${whatFor}): install Istio or choose another delivery.router`;
  return { what, result: 'Missing', message };
}

async function versionOfArgo(api: Api): Promise<string> {
  const [argo] = (await deployments(api, ARGO_ROLLOUTS)) ?? [];
  const args = (argo?.spec.template.spec.containers ?? []).flatMap(({ command = [], args = [] }) => [...command, ...args]);
  return istioVersion(args) ?? USUAL;
}

/** Value of the flag, written as one word or two; undefined if it is not set. */
export function istioVersion(args: readonly string[]): string | undefined {
  const at = args.findIndex((each) => /^--?istio-api-version(=|$)/.test(each));
  return at < 0 ? undefined : (args[at]?.split('=')[1] ?? args[at + 1]);
}
