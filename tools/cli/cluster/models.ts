import { isOutage } from '../../../operator/plan/state/verdicts.ts';
import type { Api } from './api.ts';
import type { Check } from './check.ts';
import type { Model } from './seen.ts';

/** What the operator last reported about each model: whether it could write its objects, and whether measurements arrive. */
export async function models(api: Api): Promise<Check[]> {
  const all = await api.models().catch(() => undefined);
  if (all === undefined) return [{ what: 'models', result: 'Unknown', message: `cannot list the models in ${api.namespace}` }];
  if (all.length === 0) return [{ what: 'models', result: 'Ok', message: `no models in ${api.namespace} yet` }];
  return all.flatMap(modelChecks);
}

type Status = NonNullable<Model['status']>;
type Finding = Pick<Check, 'result' | 'message'>;

/** What may be wrong with a model, the most serious first. Each has its own cause, so all that apply are reported. */
const FINDINGS: readonly ((status: Status) => Finding | undefined)[] = [notWritten, unmeasured, stuck, notNotified, notScaled];

export function modelChecks({ metadata, status }: Model): Check[] {
  const what = `model ${metadata.name}`;
  if (status?.phase === undefined) {
    return [{ what, result: 'Missing', message: 'the operator has not reconciled it: check that it watches this namespace' }];
  }
  const found = FINDINGS.flatMap((finding) => finding(status) ?? []);
  const measured = status.verdicts?.length ?? 0;
  const fine: Finding = { result: 'Ok', message: `${status.phase}${measured === 0 ? '' : `, ${measured} metrics measured`}` };
  return [...(found.length > 0 ? found : [fine]), ...accountOfOthers(status)].map((each) => ({ what, ...each }));
}

function accountOfOthers({ conditions = [] }: Status): Finding[] {
  return conditions.filter(({ reason }) => reason === 'AccountOfOthers').map(({ message }) => ({ result: 'Ok', message }));
}

/** The API server rejected a write of the operator: no permission, or a field that somebody else owns. */
function notWritten({ conditions = [] }: Status): Finding | undefined {
  const refused = conditions.find(({ type, status }) => type === 'Reconciled' && status === 'False');
  return refused && { result: 'Missing', message: refused.message };
}

function unmeasured({ verdicts = [], candidate }: Status): Finding | undefined {
  const blind = verdicts.find(isOutage);
  if (blind) return { result: 'Missing', message: `${blind.metric} ${blind.reason ?? ''}` };
  const awaited = verdicts.filter(({ estimate }) => estimate === undefined).map(({ metric }) => metric);
  return candidate && awaited.length > 0 ? { result: 'Advice', message: `no measurements yet of ${awaited.join(', ')}` } : undefined;
}

/** Nothing moves until somebody acts or Argo Rollouts is back, or nobody is served. */
function stuck(seen: Status): Finding | undefined {
  const { phase, message = '', conditions = [] } = seen;
  const still = conditions.find(({ type, status, reason }) =>
    (type === 'Stalled' && status === 'True') || (type === 'Progressing' && reason === 'ArgoRolloutsSilent'));
  if (still) return still.message === notWritten(seen)?.message ? undefined : { result: 'Advice', message: still.message };
  return phase === 'Degraded' ? { result: 'Advice', message } : undefined;
}

/** A webhook refuses what is sent to it. */
function notNotified({ conditions = [] }: Status): Finding | undefined {
  const failing = conditions.find(({ type, status }) => type === 'Notified' && status === 'False');
  return failing && { result: 'Advice', message: failing.message };
}

/** The autoscaler cannot measure, as without metrics-server. */
function notScaled({ conditions = [] }: Status): Finding | undefined {
  const blind = conditions.find(({ type, status }) => type === 'Autoscaling' && status === 'False');
  return blind && { result: 'Advice', message: blind.message };
}
