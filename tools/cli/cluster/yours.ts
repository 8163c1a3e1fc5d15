import { API_GROUP } from '../../../operator/api/kinds.ts';
import { isOutage } from '../../../operator/plan/state/verdicts.ts';
import type { Api } from './api.ts';
import type { Check } from './check.ts';
import type { Model } from './seen.ts';

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

/** What the operator last said of each model: whether it could do what it planned, and whether what the guardrails need arrives. */
export async function models(api: Api): Promise<Check[]> {
  const all = await api.models().catch(() => undefined);
  if (all === undefined) return [{ what: 'models', result: 'Unknown', says: `those of ${api.namespace} cannot be listed` }];
  if (all.length === 0) return [{ what: 'models', result: 'Ok', says: `there is none in ${api.namespace} yet` }];
  return all.flatMap(modelChecks);
}

type Status = NonNullable<Model['status']>;
type Finding = Pick<Check, 'result' | 'says'>;

/** What may be wrong with a model, the gravest first. Each has a cause of its own, so all that are found are told. */
const FINDINGS: readonly ((status: Status) => Finding | undefined)[] = [notWritten, unmeasured, standstill, untold];

export function modelChecks({ metadata, status }: Model): Check[] {
  const what = `model ${metadata.name}`;
  if (status?.phase === undefined) return [{ what, result: 'Missing', says: 'the operator has not looked at it: does it watch this namespace?' }];
  const found = FINDINGS.flatMap((finding) => finding(status) ?? []);
  if (found.length > 0) return found.map((each) => ({ what, ...each }));
  const measured = status.verdicts?.length ?? 0;
  return [{ what, result: 'Ok', says: `${status.phase}${measured === 0 ? '' : `, ${measured} metrics measured`}` }];
}

/** The API server refused the operator something: a permission, or a field that somebody else owns. */
function notWritten({ conditions = [] }: Status): Finding | undefined {
  const refused = conditions.find(({ type, status }) => type === 'Reconciled' && status === 'False');
  return refused && { result: 'Missing', says: refused.message };
}

function unmeasured({ verdicts = [], candidate }: Status): Finding | undefined {
  const blind = verdicts.find(isOutage);
  if (blind) return { result: 'Missing', says: `${blind.metric} ${blind.reason ?? ''}` };
  const awaited = verdicts.filter(({ estimate }) => estimate === undefined).map(({ metric }) => metric);
  return candidate && awaited.length > 0 ? { result: 'Advice', says: `no measurements arrive yet of ${awaited.join(', ')}` } : undefined;
}

/** Nothing moves until a person acts, or until Argo Rollouts is there again: its silence is a reason of whatever goes on meanwhile. */
function standstill({ conditions = [] }: Status): Finding | undefined {
  const still = conditions.find(({ type, status, reason }) => (type === 'Stalled' && status === 'True') || (type === 'Progressing' && reason === 'ArgoRolloutsSilent'));
  return still && { result: 'Advice', says: still.message };
}

/** A webhook refuses what is sent to it. */
function untold({ conditions = [] }: Status): Finding | undefined {
  const failing = conditions.find(({ type, status }) => type === 'Notified' && status === 'False');
  return failing && { result: 'Advice', says: failing.message };
}
