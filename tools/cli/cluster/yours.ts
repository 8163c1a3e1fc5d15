import { API_GROUP } from '../../../operator/api/kinds.ts';
import { isOutage } from '../../../operator/plan/measures/verdicts.ts';
import type { Api } from './api.ts';
import type { Check } from './doctor.ts';
import type { Model } from './seen.ts';

const NEEDED = [
  { resource: 'recommendermodels', verbs: ['get', 'list'], whatFor: 'get, why, history, status' },
  { resource: 'modelversions', verbs: ['list'], whatFor: 'why, rollback' },
  { resource: 'recommendermodels', verbs: ['patch'], whatFor: 'approve, promote, pause, resume, abort, retry, rollback' },
];

/** What the user may do in the namespace, as the API server sees it. */
export async function permissions(api: Api): Promise<Check[]> {
  return Promise.all(NEEDED.map(async ({ resource, verbs, whatFor }): Promise<Check> => {
    const refused: string[] = [];
    for (const verb of verbs) if (!(await may(api, verb, resource))) refused.push(verb);
    const says = `${verbs.join(', ')} ${resource} in ${api.namespace}, for ${whatFor}`;
    return refused.length === 0
      ? { what: 'permission', result: 'Ok', says }
      : { what: 'permission', result: 'Missing', says: `you may not ${refused.join(', ')} ${resource} in ${api.namespace}: needed for ${whatFor}` };
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

/** Whether what the guardrails need arrives, from what the operator last saw. */
export async function models(api: Api): Promise<Check[]> {
  const all = await api.models().catch(() => undefined);
  if (all === undefined) return [{ what: 'models', result: 'Unknown', says: `those of ${api.namespace} cannot be listed` }];
  if (all.length === 0) return [{ what: 'models', result: 'Ok', says: `there is none in ${api.namespace} yet` }];
  return all.map(modelCheck);
}

export function modelCheck({ metadata, status }: Model): Check {
  const what = `model ${metadata.name}`;
  if (status?.phase === undefined) return { what, result: 'Missing', says: 'the operator has not looked at it: does it watch this namespace?' };
  const blind = (status.verdicts ?? []).find(isOutage);
  if (blind) return { what, result: 'Missing', says: `${blind.metric} ${blind.reason ?? ''}` };
  const unmeasured = (status.verdicts ?? []).filter(({ estimate }) => estimate === undefined).map(({ metric }) => metric);
  if (status.candidate && unmeasured.length > 0) return { what, result: 'Advice', says: `no measurements arrive yet of ${unmeasured.join(', ')}` };
  const stalled = (status.conditions ?? []).find(({ type, status }) => type === 'Stalled' && status === 'True');
  if (stalled) return { what, result: 'Advice', says: stalled.message };
  const measured = status.verdicts?.length ?? 0;
  return { what, result: 'Ok', says: `${status.phase}${measured === 0 ? '' : `, ${measured} metrics measured`}` };
}
