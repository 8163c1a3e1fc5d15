import type { Condition, HistoryEntry, ModelVersion, RecommenderModel, Verdict } from '../api/model.ts';
import { ANNOTATIONS } from '../api/names.ts';
import type { RecommenderModelStatus } from '../api/types.gen.ts';
import type { Decision } from './decision.ts';
import { championOf, type Facts } from './facts.ts';
import { ARGO_STEPS_PER_STEP } from './rollout.ts';
import { verdictsOf } from './verdicts.ts';

const MOST_HISTORY = 20;

/**
 * Status of the model: what was observed and decided, written whole. `versions` are those after this reconcile's
 * transitions; `at` is now, RFC 3339, and used only where something changed.
 */
export function statusOf(facts: Facts, decision: Decision, versions: readonly ModelVersion[], at: string): RecommenderModelStatus {
  const { model } = facts.observed;
  const champion = championOf(versions);
  const candidate = candidateOf(facts, versions);
  const verdicts = candidate ? verdictsOf(facts.observed) : (model.status?.verdicts ?? []);
  const retry = model.metadata.annotations?.[ANNOTATIONS.retry];
  const history = historyOf(versions);
  return {
    observedGeneration: model.metadata.generation ?? 0,
    phase: decision.phase,
    message: decision.message,
    ...(champion ? { champion: { ...champion.spec, since: champion.status?.championSince ?? at } } : {}),
    ...(candidate ? { candidate } : {}),
    conditions: conditionsOf(facts, decision, versions, verdicts, at),
    ...(verdicts.length > 0 ? { verdicts: [...verdicts] } : {}),
    ...(history.length > 0 ? { history } : {}),
    ...(retry === undefined ? {} : { acts: { retry } }),
  };
}

function candidateOf({ wish, observed, rolloutDigest }: Facts, versions: readonly ModelVersion[]) {
  const version = versions.find((each) => each.spec.version === wish.version);
  const stage = version?.status?.stage;
  if (!version || (stage !== 'Validating' && stage !== 'Challenger')) return undefined;
  const { status } = observed.rollout ?? {};
  const since = version.status?.decisions?.find((each) => each.to === 'Validating')?.at ?? '';
  const isInRollout = rolloutDigest === wish.digest && championOf(versions) !== undefined;
  const step = Math.floor((status?.currentStepIndex ?? 0) / ARGO_STEPS_PER_STEP) + 1;
  return {
    version: wish.version,
    digest: wish.digest,
    since,
    weight: isInRollout ? (status?.canary?.weights?.canary.weight ?? 0) : 0,
    ...(isInRollout ? { step: Math.min(step, observed.model.spec.delivery.canary.steps.length) } : {}),
  };
}

function historyOf(versions: readonly ModelVersion[]): HistoryEntry[] {
  return versions
    .flatMap(({ spec, status }) =>
      (status?.decisions ?? []).map(({ from, to, at, by, reason }) => ({ version: spec.version, from, to, at, by, reason })),
    )
    .toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at))
    .slice(0, MOST_HISTORY);
}

type Claim = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

function conditionsOf(
  { observed, wish }: Facts,
  decision: Decision,
  versions: readonly ModelVersion[],
  verdicts: readonly Verdict[],
  at: string,
): Condition[] {
  const champion = championOf(versions);
  const available = observed.rollout?.status?.availableReplicas ?? 0;
  const isServing = champion !== undefined && available > 0;
  const wished = versions.find((each) => each.spec.version === wish.version);
  const isVerified = wished?.status?.verified === true && wished.spec.digest === wish.digest;
  const { reason, message } = decision;
  const isMoving = decision.phase !== 'Healthy' && decision.phase !== 'Rejected' && !decision.stalled;
  const failing = verdicts.find((each) => each.verdict === 'Fail');
  const waiting = verdicts.find((each) => each.verdict === 'Wait');
  const claims: Claim[] = [
    claim('Ready', isServing, isServing ? 'Serving' : reason, isServing ? `${champion.spec.version} is served by ${String(available)} pods.` : message),
    claim('Progressing', isMoving || reason === 'RollingOut', reason, message),
    claim('Stalled', decision.stalled === true || decision.phase === 'Rejected', reason, message),
    claim('ArtifactVerified', isVerified, isVerified ? 'Verified' : reason, isVerified ? `The bundle of ${wish.version} matches its digest and answers its golden requests.` : message),
  ];
  if (verdicts.length > 0) {
    const worst = failing ?? waiting;
    const text = worst ? `${worst.metric}: ${worst.estimate ?? worst.reason ?? 'no value'}, limit ${worst.threshold ?? ''}.` : 'Every guardrail holds.';
    const status = failing ? 'False' : waiting ? 'Unknown' : 'True';
    claims.push({ type: 'GuardrailsHold', status, reason: failing ? 'Violated' : waiting ? 'TooLittleData' : 'Holding', message: text });
  }
  return claims.map((each) => timed(each, observed.model, at));
}

const claim = (type: string, holds: boolean, reason: string, message: string): Claim => ({
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
