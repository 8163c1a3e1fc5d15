import { type HistoryEntry, type ModelVersion, releaseOf, type Verdict } from '../../api/model.ts';
import type { RecommenderModelStatus } from '../../api/types.gen.ts';
import { previousOf } from '../objects/scaleDown.ts';
import { actsStatus } from '../state/acts.ts';
import type { Decision } from '../state/decision.ts';
import type { Observed } from '../state/observed.ts';
import { holdsUntil, progressOf, verdictExpected } from '../state/progress.ts';
import { uriOf } from '../state/rolloutState.ts';
import { championOf, isUnderWay, type Snapshot } from '../state/snapshot.ts';
import { usersOf, verdictsOf } from '../state/verdicts.ts';
import { conditionsOf } from './conditions.ts';
import { withOutage } from './outage.ts';
import { outboxOf } from './outbox.ts';

const MOST_HISTORY = 20;

/**
 * Status of the model: what was observed and decided, written whole. `versions` are those after this reconcile's
 * transitions; `at` is now, RFC 3339, and used only where something changed.
 */
export function statusOf(snapshot: Snapshot, decision: Decision, versions: readonly ModelVersion[], at: string): RecommenderModelStatus {
  const { model } = snapshot.observed;
  const reported = withOutage(snapshot, decision, versions, Date.parse(at));
  const champion = championOf(versions);
  const candidate = candidateOf(snapshot, versions);
  const previous = previousOf(snapshot.versionReplicaSets, versions, champion);
  const verdicts = lastVerdicts(snapshot, decision, candidate !== undefined);
  const history = historyOf(versions);
  const { notifications } = outboxOf(snapshot, decision, versions, at);
  return {
    observedGeneration: model.metadata.generation ?? 0,
    phase: reported.phase,
    message: reported.message,
    ...(champion
      ? { champion: { ...releaseOf(champion), uri: servedFrom(snapshot, champion), since: champion.status?.championSince ?? at } }
      : lostChampion(snapshot)),
    ...(candidate ? { candidate } : {}),
    ...(previous ? { previous } : {}),
    conditions: conditionsOf({ snapshot, decision: reported, versions, verdicts, notifications }, at),
    ...(verdicts.length > 0 ? { verdicts: [...verdicts] } : {}),
    ...(history.length > 0 ? { history } : {}),
    ...(notifications ? { notifications } : {}),
    ...actsStatus(snapshot, decision.results ?? [], at),
  };
}

/**
 * The evidence of a decision just made; else what is known of the candidate, or of the watched champion; else the last known
 * verdicts.
 */
function lastVerdicts({ observed }: Snapshot, { transitions, watch }: Decision, hasCandidate: boolean): readonly Verdict[] {
  // What validation measured is no measurement of a guardrail.
  const evidence = transitions?.find((each) => each.evidence && each.version.status?.stage !== 'Validating')?.evidence;
  if (evidence) return evidence;
  if (hasCandidate) return verdictsOf(observed);
  return watch && watch.verdicts.length > 0 ? watch.verdicts : (observed.model.status?.verdicts ?? []);
}

/** Where the champion's bundle was last fetched from with success: the uri of the pods that are ready. */
function servedFrom(
  { observed: { rollout }, champion, rolloutState, rolloutDigest, versionReplicaSets }: Snapshot,
  { spec }: ModelVersion,
): string {
  const uri = rollout && rolloutState === 'Settled' && rolloutDigest === spec.digest ? uriOf(rollout.spec.template) : undefined;
  if (uri !== undefined) return uri;
  if (champion?.spec.digest === spec.digest) return champion.spec.uri;
  return versionReplicaSets.find(({ digest }) => digest === spec.digest)?.uri ?? spec.uri;
}

/** Kept until its record exists again: this is the only place that still names it. */
function lostChampion({ lostChampion, observed }: Snapshot): Pick<RecommenderModelStatus, 'champion'> {
  const { champion } = observed.model.status ?? {};
  return lostChampion && champion ? { champion } : {};
}

function candidateOf({ desired, observed, rolloutDigest }: Snapshot, versions: readonly ModelVersion[]) {
  const version = versions.find(({ spec }) => spec.version === desired.version && spec.digest === desired.digest);
  const stage = version?.status?.stage;
  if (stage !== 'Validating' && !isUnderWay(stage)) return undefined;
  const since = version?.status?.decisions?.find((each) => each.to === 'Validating')?.at ?? '';
  const candidate = { version: desired.version, digest: desired.digest, since, weight: 0 };
  if (rolloutDigest !== desired.digest || !championOf(versions)) return candidate;
  return { ...candidate, ...candidateProgress(observed) };
}

/**
 * Progress of a candidate in the Rollout. Nothing is computed from the current time: a status changes with what it reports, not
 * with time.
 */
function candidateProgress(observed: Observed): Omit<NonNullable<RecommenderModelStatus['candidate']>, 'version' | 'digest' | 'since'> {
  const { weight, desiredWeight, applied, step, steps, doing } = progressOf(observed);
  const users = usersOf(observed);
  const holds = doing === 'Holding' ? holdsUntil(observed) : undefined;
  const expected = doing === 'Measuring' ? verdictExpected(observed) : undefined;
  return {
    weight,
    desiredWeight,
    ...(applied === undefined ? {} : { appliedWeight: applied }),
    step,
    steps,
    ...(users === undefined ? {} : { users }),
    ...(holds === undefined ? {} : { holdsUntil: holds }),
    ...(expected === undefined ? {} : { verdictExpectedAt: expected.at }),
  };
}

function historyOf(versions: readonly ModelVersion[]): HistoryEntry[] {
  return versions
    .flatMap(({ spec, status }) =>
      (status?.decisions ?? []).map(({ from, to, at, by, rule, reason }) => ({
        version: spec.version,
        from,
        to,
        at,
        by,
        ...(rule ? { rule } : {}),
        reason,
      })),
    )
    .toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at))
    .slice(0, MOST_HISTORY);
}
