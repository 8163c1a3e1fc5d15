import type { Condition, RecommenderModel } from '../../api/model.ts';
import { timestamp } from '../../api/times.ts';
import type { RecommenderModelStatus } from '../../api/types.gen.ts';
import { bare } from '../state/record.ts';

/** What the API server refused. */
interface Refusal {
  /** Of HTTP; 0 if there was no answer. */
  status: number;
  /** Machine-readable, e.g. FieldConflict, Forbidden, Invalid; an admission webhook may write anything. */
  reason: string;
  message: string;
}

/** A refusal that may pass by itself, as of a webhook that restarts, stalls the model only if it lasts this long. */
const PATIENCE_MS = 60_000;

/** Credentials that expire, objects that come, go and change, a server that is busy. */
const PASSING: ReadonlySet<number> = new Set([401, 404, 408, 409, 410, 429]);

/** The same request will be refused until a person changes something. */
const isFinal = ({ status, reason }: Refusal): boolean =>
  reason === 'FieldConflict' || (status >= 400 && status < 500 && !PASSING.has(status));

/**
 * The status when not everything could be applied. What was decided stays; the message and the condition Reconciled say what was
 * refused, and the model is stalled if only a person can help.
 * @param model as it was before, with the times of its conditions
 * @param now milliseconds since the epoch
 */
export function withTrouble(status: RecommenderModelStatus, refusal: Refusal, model: RecommenderModel, now: number): RecommenderModelStatus {
  const at = timestamp(now);
  const reason = /^[A-Z][A-Za-z]*$/.test(refusal.reason) ? refusal.reason : 'Refused';
  const message = `${bare(refusal.message.trim().replaceAll(/\s+/g, ' '))}.`;
  const written = (type: string, holds: boolean): Condition => {
    const before = model.status?.conditions?.find((each) => each.type === type);
    const isSame = before?.status === (holds ? 'True' : 'False');
    const lastTransitionTime = isSame ? before.lastTransitionTime : at;
    return { type, status: holds ? 'True' : 'False', reason, message, lastTransitionTime, observedGeneration: status.observedGeneration ?? 0 };
  };
  const reconciled = written('Reconciled', false);
  const isStuck = isFinal(refusal) || now - Date.parse(reconciled.lastTransitionTime) >= PATIENCE_MS;
  const stuck = isStuck ? [written('Progressing', false), written('Stalled', true)] : [];
  const told = [status.message, `Not everything could be applied: ${message}`].filter((each) => each !== undefined);
  return { ...withConditions(status, [...stuck, reconciled], isStuck ? ['Reconciling'] : []), message: told.join(' ') };
}

/** The status with this condition Reconciled, or without one. */
export const withReconciled = (status: RecommenderModelStatus, condition: Condition | undefined): RecommenderModelStatus =>
  withConditions(status, condition ? [condition] : [], ['Reconciled']);

/** With these conditions in place of those of their types, and without others. */
function withConditions(status: RecommenderModelStatus, added: readonly Condition[], without: readonly string[]): RecommenderModelStatus {
  const gone = [...without, ...added.map(({ type }) => type)];
  return { ...status, conditions: [...(status.conditions ?? []).filter(({ type }) => !gone.includes(type)), ...added] };
}
