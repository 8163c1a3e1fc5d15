import type { Condition, ModelVersion, Phase, RecommenderModel, Verdict } from '../../api/model.ts';
import type { RecommenderModelStatus } from '../../api/types.gen.ts';
import type { HorizontalPodAutoscaler } from '../../api/workload.ts';
import { isStalled, REASONS, type Reason } from '../reasons.ts';
import { violation } from '../spec/guardrails.ts';
import { describeDeprecated } from '../spec/keepPrevious.ts';
import { accountOfOthers } from '../state/account.ts';
import { actsOn, isAct } from '../state/acts.ts';
import { awaitedApproval } from '../state/approval.ts';
import type { Decision } from '../state/decision.ts';
import { readyPods } from '../state/outage.ts';
import { bare } from '../state/record.ts';
import { championOf, isUnderWay, type Snapshot } from '../state/snapshot.ts';
import { isOutage, measuresOf } from '../state/verdicts.ts';
import { isHopeless } from './outbox.ts';

/** What the conditions speak about; `versions` are those after this reconcile's transitions. */
interface Situation {
  snapshot: Snapshot;
  decision: Decision;
  versions: readonly ModelVersion[];
  verdicts: readonly Verdict[];
  notifications?: RecommenderModelStatus['notifications'];
}

type Claim = Pick<Condition, 'type' | 'status' | 'message'> & { reason: Reason };

/** @param at now, RFC 3339 */
export function conditionsOf(situation: Situation, at: string): Condition[] {
  const claims = [
    ready(situation),
    progressing(situation),
    ...reconciling(situation),
    stalled(situation),
    artifactVerified(situation),
    reconciled(situation),
    ...approved(situation),
    ...guardrailsHold(situation),
    ...notified(situation),
    ...autoscaling(situation),
    ...deprecated(situation),
  ];
  return claims.map((each) => timed(each, situation.snapshot.observed.model, at));
}

function ready({ snapshot, decision, versions }: Situation): Claim {
  const champion = championOf(versions);
  const available = readyPods(snapshot);
  if (!champion || available === 0) return claim('Ready', false, decision.reason, decision.message);
  return claim('Ready', true, 'Serving', `${champion.spec.version} is served by ${String(available)} pods.`);
}

/** Phases in which nothing is under way. */
const AT_REST: ReadonlySet<Phase> = new Set(['Healthy', 'Watching', 'Rejected', 'RolledBack']);

const isMoving = ({ phase, reason }: Decision): boolean =>
  (!AT_REST.has(phase) && REASONS[reason].stalled !== true) || reason === 'RollingOut';

const progressing = ({ decision }: Situation): Claim => claim('Progressing', isMoving(decision), decision.reason, decision.message);

/** Progressing under the name that kstatus knows, and with it Flux, Helm and others that wait for objects; as there, absent if False. */
function reconciling({ decision }: Situation): Claim[] {
  return isMoving(decision) ? [claim('Reconciling', true, decision.reason, decision.message)] : [];
}

const stalled = ({ decision }: Situation): Claim => claim('Stalled', isStalled(decision), decision.reason, decision.message);

function artifactVerified({ snapshot: { desired }, decision, versions }: Situation): Claim {
  const desiredVersion = versions.find((each) => each.spec.version === desired.version);
  const isVerified = desiredVersion?.status?.verified === true && desiredVersion.spec.digest === desired.digest;
  if (!isVerified) return claim('ArtifactVerified', false, decision.reason, decision.message);
  return claim(
    'ArtifactVerified',
    true,
    'Verified',
    `The bundle of ${desired.version} matches its digest and answers its golden requests.`,
  );
}

/** As far as the plan can say: what the API server refuses takes its place. */
function reconciled({ snapshot: { observed } }: Situation): Claim {
  const account = accountOfOthers(observed)?.metadata.name;
  const done = 'All objects are up to date';
  if (account === undefined) return claim('Reconciled', true, 'Applied', `${done}.`);
  const lent = `ServiceAccount ${account} was made by others: the pods run as it, and it stays when the model is deleted`;
  return claim('Reconciled', true, 'AccountOfOthers', `${done}. ${lent}.`);
}

/** Only if approval is required, and while a version is in progress. */
function approved({ snapshot, decision, versions }: Situation): Claim[] {
  const { desired, observed } = snapshot;
  const desiredVersion = versions.find(({ spec }) => spec.version === desired.version && spec.digest === desired.digest);
  if (observed.model.spec.delivery.approval !== 'Manual' || !desiredVersion || !isUnderWay(desiredVersion.status?.stage)) return [];
  const record = actsOn(desiredVersion).find((each) => isAct(each, 'approve'));
  const awaits = awaitedApproval(snapshot, desiredVersion) !== undefined;
  if (record && !awaits) return [claim('Approved', true, 'Approved', record.reason)];
  const first = `${desired.version} has not been approved to serve its first users.`;
  return [claim('Approved', false, 'AwaitingApproval', awaits ? decision.message : first)];
}

/** Nothing is claimed before the first measurement. */
function guardrailsHold({ verdicts, snapshot: { observed: { model } } }: Situation): Claim[] {
  const failing = verdicts.find((each) => each.verdict === 'Fail');
  const unmeasured = verdicts.find(isOutage);
  const waiting = verdicts.find((each) => each.verdict === 'Wait');
  const type = 'GuardrailsHold';
  if (failing) return [{ type, status: 'False', reason: 'Violated', message: describe(model, failing) }];
  if (unmeasured) return [{ type, status: 'Unknown', reason: 'MetricsUnavailable', message: describe(model, unmeasured) }];
  if (waiting) return [{ type, status: 'Unknown', reason: 'TooLittleData', message: describe(model, waiting) }];
  return verdicts.length === 0 ? [] : [{ type, status: 'True', reason: 'Holding', message: 'Every guardrail holds.' }];
}

/** Only if webhooks are configured. A failing one is not a fault of the release: nothing waits for it. */
function notified({ notifications }: Situation): Claim[] {
  if (!notifications) return [];
  const { pending = [], dropped = 0 } = notifications;
  const failing = pending.find(({ error }) => error !== undefined);
  const lost = dropped === 0 ? '' : ` Dropped so far: ${String(dropped)}.`;
  if (!failing) return [claim('Notified', true, 'Sent', `No notification is failing.${lost}`)];
  const { event, version, error = '', attempts = 0 } = failing;
  const tries = attempts === 1 ? '1 attempt' : `${String(attempts)} attempts`;
  const again = isHopeless(failing) ? '' : ' It is retried for up to a day.';
  const message = `The ${event} notification for ${version} could not be sent (${tries}): ${error}${again}${lost}`;
  return [claim('Notified', false, 'Failing', message)];
}

/** Only where there is an autoscaler and its controller has looked at it. In its words, since it alone knows the metrics API. */
function autoscaling({ snapshot: { observed: { owned, rollout } } }: Situation): Claim[] {
  const autoscaler = owned.find(({ kind }) => kind === 'HorizontalPodAutoscaler') as HorizontalPodAutoscaler | undefined;
  const { conditions = [] } = autoscaler?.status ?? {};
  const said = conditions.filter(({ type }) => type === 'AbleToScale' || type === 'ScalingActive');
  const failing = said.find(({ status }) => status === 'False');
  if (said.length === 0) return [];
  if (!failing) return [claim('Autoscaling', true, 'Autoscaled', 'The autoscaler has the numbers it needs.')];
  const why = bare(failing.message ?? failing.reason ?? '');
  const message =
    `The number of pods stays at ${String(rollout?.spec.replicas ?? 0)}, since the autoscaler is not working: ${why}. ` +
    'Check that metrics-server is running, or set serving.replicas.max to min.';
  return [claim('Autoscaling', false, 'AutoscalerFailing', message)];
}

/** Only where a deprecated field is in use and makes a difference. */
function deprecated({ snapshot: { observed } }: Situation): Claim[] {
  const message = describeDeprecated(observed.model);
  return message === undefined ? [] : [claim('DeprecatedFields', true, 'FieldDeprecated', message)];
}

/** In the words of the decision that follows from it; a verdict that waits has no value, or too little data to judge by. */
function describe(model: RecommenderModel, verdict: Verdict): string {
  const guardrail = measuresOf(model).find(({ name }) => name === verdict.metric);
  const sentence =
    guardrail && verdict.estimate !== undefined ? violation(guardrail, verdict) : `${verdict.metric}: ${verdict.reason ?? 'no value'}`;
  return `${sentence}.`;
}

const claim = (type: string, holds: boolean, reason: Reason, message: string): Claim => ({
  type,
  status: holds ? 'True' : 'False',
  reason,
  message,
});

/** The time of a condition is that of its last change of status, not of its last message. */
function timed(each: Claim, { metadata, status }: RecommenderModel, at: string): Condition {
  const before = status?.conditions?.find(({ type }) => type === each.type);
  const lastTransitionTime = before?.status === each.status ? before.lastTransitionTime : at;
  return { ...each, lastTransitionTime, observedGeneration: metadata.generation ?? 0 };
}
