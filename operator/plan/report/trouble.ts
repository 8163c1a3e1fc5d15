import type { Condition } from '../../api/model.ts';
import type { RecommenderModelStatus } from '../../api/types.gen.ts';

/** What the API server refused. */
interface Refusal {
  /** Machine-readable, e.g. FieldConflict, Forbidden, Invalid. */
  reason: string;
  message: string;
}

/**
 * The status when not everything could be applied: condition Reconciled is False and names what was refused; what was decided
 * stays.
 * @param now milliseconds since the epoch
 */
export function withTrouble(status: RecommenderModelStatus, { reason, message }: Refusal, now: number): RecommenderModelStatus {
  const lastTransitionTime = new Date(now).toISOString().replace(/\.\d+Z$/, 'Z');
  const before = status.conditions?.find(({ type }) => type === 'Reconciled');
  return withReconciled(status, {
    type: 'Reconciled',
    status: 'False',
    reason,
    message,
    lastTransitionTime: before?.status === 'False' ? before.lastTransitionTime : lastTransitionTime,
    observedGeneration: status.observedGeneration ?? 0,
  });
}

/** The status with this condition Reconciled, or without one. */
export function withReconciled(status: RecommenderModelStatus, condition: Condition | undefined): RecommenderModelStatus {
  const others = (status.conditions ?? []).filter(({ type }) => type !== 'Reconciled');
  return { ...status, conditions: condition ? [...others, condition] : others };
}
