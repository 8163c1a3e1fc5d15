import { API_GROUP } from '../../../operator/api/kinds.ts';
import type { Api } from './api.ts';
import type { Check } from './check.ts';

const NEEDED = [
  { resource: 'recommendermodels', verbs: ['get', 'list'], whatFor: 'get, why, status' },
  { resource: 'modelversions', verbs: ['list'], whatFor: 'get, why, history, versions, rollback' },
  { resource: 'recommendermodels', verbs: ['patch'], whatFor: 'approve, promote, pause, resume, abort, retry, rollback' },
];

/** What the user may do in the namespace, as the API server sees it. */
export async function permissions(api: Api): Promise<Check[]> {
  return Promise.all(NEEDED.map(async ({ resource, verbs, whatFor }): Promise<Check> => {
    const refused: string[] = [];
    for (const verb of verbs) if (!(await may(api, verb, resource))) refused.push(verb);
    const object = `${resource} in ${api.namespace}`;
    return refused.length === 0
      ? { what: 'permission', result: 'Ok', message: `${verbs.join(', ')} ${object}, for ${whatFor}` }
      : { what: 'permission', result: 'Missing', message: `you may not ${refused.join(', ')} ${object}, which is required for ${whatFor}` };
  }));
}

async function may({ client, namespace }: Api, verb: string, resource: string): Promise<boolean> {
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { namespace, verb, group: API_GROUP, resource } },
  };
  const answer = await client.send({ method: 'POST', path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', body });
  return (answer as { status?: { allowed?: boolean } }).status?.allowed === true;
}
