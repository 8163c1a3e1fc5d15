import type { AnalysisRun } from '../../../api/argo.ts';
import type { KubernetesObject, ManagedFields } from '../../../api/objects.ts';
import { REASONS } from '../../reasons.ts';
import { milliseconds } from '../../spec/durations.ts';
import type { Decision } from '../../state/decision.ts';
import type { Observed } from '../../state/observed.ts';
import type { Snapshot } from '../../state/snapshot.ts';
import { presentStep } from '../../state/steps.ts';

/** How late a busy controller may be. */
const PATIENCE_MS = 15_000;
/** A query that is not answered is given up by Argo Rollouts after half a minute; only then it writes down what it measured. */
const LONGEST_QUERY_MS = 30_000;

/**
 * Adds a sentence about Argo Rollouts if it does not do what is due. Its controller reports nowhere that it is gone: that shows
 * only in what it leaves undone. Nothing is decided because of it; users stay where they are.
 */
export function withArgoOverdue(snapshot: Snapshot, decision: Decision, now: number): Decision {
  const due = dueAt(snapshot);
  if (due === undefined) return decision;
  const wait = due + PATIENCE_MS - now;
  if (wait > 0) return { ...decision, requeueAfterMs: Math.min(decision.requeueAfterMs ?? wait, wait) };
  const since = new Date(due).toISOString().slice(11, 19);
  const message =
    `${decision.message} Argo Rollouts has not acted on a step that was due at ${since} UTC; ` +
    'check that its controller is running.';
  // What only a person can help is the better reason.
  return { ...decision, reason: REASONS[decision.reason].stalled ? decision.reason : 'ArgoRolloutsSilent', message };
}

/** Milliseconds since the epoch at which it should have acted; undefined if it waits for pods, people or nothing. */
function dueAt({ observed, rolloutState }: Snapshot): number | undefined {
  const { rollout } = observed;
  if (!rollout) return undefined;
  if (rolloutState === 'Unobserved') return lastWritten(rollout, ({ subresource }) => subresource === undefined);
  if (rolloutState !== 'Progressing' || rollout.spec.paused === true) return undefined;
  return endOfHold(observed) ?? nextMeasurement(observed) ?? nextStep(observed);
}

function lastWritten({ metadata }: KubernetesObject, isMeant: (entry: ManagedFields) => boolean = () => true): number | undefined {
  const times = (metadata.managedFields ?? []).filter(isMeant).map(({ time }) => Date.parse(time ?? ''));
  return latest(times.filter((time) => !Number.isNaN(time)));
}

const latest = (times: readonly number[]): number | undefined => (times.length === 0 ? undefined : Math.max(...times));

function endOfHold(observed: Observed): number | undefined {
  const seconds = Number(presentStep(observed)?.argo.pause?.duration);
  const started = Date.parse(observed.rollout?.status?.pauseConditions?.[0]?.startTime ?? '');
  return Number.isNaN(started + seconds) ? undefined : started + seconds * 1000;
}

/** Without anything to wait for it goes on at once: from a share to a hold, into that hold, to the measurements of a gate. */
function nextStep({ rollout, replicaSets }: Observed): number | undefined {
  const { phase, pauseConditions = [], canary } = rollout?.status ?? {};
  const waitsForPods = replicaSets.some(({ spec, status }) => (status?.availableReplicas ?? 0) < (spec?.replicas ?? 0));
  if (!rollout || phase === 'Degraded' || pauseConditions.length > 0 || waitsForPods) return undefined;
  const last = latest([rollout, ...replicaSets].flatMap((each) => lastWritten(each) ?? []));
  const patience = canary?.currentStepAnalysisRunStatus?.status === 'Running' ? LONGEST_QUERY_MS : 0;
  return last === undefined ? undefined : last + patience;
}

/** Of any metric: as long as some are measured, the controller is running. */
function nextMeasurement({ model, rollout, runs }: Observed): number | undefined {
  const { currentBackgroundAnalysisRunStatus: background, currentStepAnalysisRunStatus: step } = rollout?.status?.canary ?? {};
  const present = [background?.name, step?.name];
  const running = runs.filter(({ metadata, status }) => present.includes(metadata.name) && status?.phase === 'Running');
  const last = latest(running.flatMap(measuredAt));
  return last === undefined ? undefined : last + milliseconds(model.spec.analysis.interval) + LONGEST_QUERY_MS;
}

const measuredAt = ({ status }: AnalysisRun): number[] =>
  (status?.metricResults ?? [])
    .map(({ measurements = [] }) => Date.parse(measurements.at(-1)?.finishedAt ?? ''))
    .filter((time) => !Number.isNaN(time));
