import type { AnalysisRun } from '../../api/argo.ts';
import type { Decision } from '../decision.ts';
import { milliseconds } from '../durations.ts';
import type { Facts } from '../facts.ts';
import type { Observed } from '../observed.ts';
import { presentStep } from '../steps/steps.ts';

/** By so much a busy controller may be late. */
const PATIENCE_MS = 15_000;
/** A query that is not answered is given up by Argo Rollouts after half a minute; only then it writes down what it measured. */
const LONGEST_QUERY_MS = 30_000;

/**
 * The decision with a word about Argo Rollouts where it does not do what is due. Its controller says nowhere that it is gone:
 * that shows by what it leaves undone. Nothing is decided on it; users stay where they are.
 */
export function withSilence(facts: Facts, decision: Decision, now: number): Decision {
  const due = dueAt(facts);
  if (due === undefined) return decision;
  const wait = due + PATIENCE_MS - now;
  if (wait > 0) return { ...decision, requeueAfterMs: Math.min(decision.requeueAfterMs ?? wait, wait) };
  const since = new Date(due).toISOString().slice(11, 19);
  const message = `${decision.message} Argo Rollouts has left undone what was due at ${since} UTC; see whether its controller runs.`;
  return { ...decision, reason: 'ArgoRolloutsSilent', message };
}

/** Milliseconds since the epoch at which it had something to do; undefined where it waits for pods, people or nothing. */
function dueAt({ observed, rolloutState }: Facts): number | undefined {
  const { rollout } = observed;
  if (!rollout) return undefined;
  if (rolloutState === 'Unobserved') return specWrittenAt(rollout.metadata.managedFields);
  if (rolloutState !== 'Progressing' || rollout.spec.paused === true) return undefined;
  return endOfHold(observed) ?? nextMeasurement(observed);
}

function specWrittenAt(managedFields: readonly unknown[] = []): number | undefined {
  const times = (managedFields as { subresource?: string; time?: string }[])
    .filter(({ subresource }) => subresource === undefined)
    .map(({ time }) => Date.parse(time ?? ''))
    .filter((time) => !Number.isNaN(time));
  return times.length === 0 ? undefined : Math.max(...times);
}

function endOfHold(observed: Observed): number | undefined {
  const seconds = Number(presentStep(observed)?.argo.pause?.duration);
  const started = Date.parse(observed.rollout?.status?.pauseConditions?.[0]?.startTime ?? '');
  return Number.isNaN(started + seconds) ? undefined : started + seconds * 1000;
}

/** Of any metric: while some are measured, there is somebody who measures. */
function nextMeasurement({ model, rollout, runs }: Observed): number | undefined {
  const { currentBackgroundAnalysisRunStatus: background, currentStepAnalysisRunStatus: step } = rollout?.status?.canary ?? {};
  const present = [background?.name, step?.name];
  const running = runs.filter(({ metadata, status }) => present.includes(metadata.name) && status?.phase === 'Running');
  const last = Math.max(...running.flatMap(measuredAt));
  return Number.isFinite(last) ? last + milliseconds(model.spec.analysis.interval) + LONGEST_QUERY_MS : undefined;
}

const measuredAt = ({ status }: AnalysisRun): number[] =>
  (status?.metricResults ?? []).map(({ measurements = [] }) => Date.parse(measurements.at(-1)?.finishedAt ?? '')).filter((time) => !Number.isNaN(time));
