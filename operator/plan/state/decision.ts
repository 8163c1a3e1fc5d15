import type { AnalysisRun } from '../../api/argo.ts';
import { type ModelVersion, type Phase, type Release, releaseOf, type RuleName, type Stage, type Verdict } from '../../api/model.ts';
import type { ActName, WATCH } from '../../api/names.ts';
import type { ModelVersionStatus } from '../../api/types.gen.ts';
import type { DecisionReason } from '../reasons.ts';
import type { Guardrail } from '../spec/guardrails.ts';
import type { Words } from './record.ts';

/** A version changes its stage, or somebody acted on it. Recorded before anything acts on it. */
export interface Transition extends Words {
  to: Stage;
  rule: RuleName;
  by: string;
  /** The measurements it rests on. */
  evidence?: readonly Verdict[];
  /** The manual action this carries out; recorded with it, so that an action is carried out once. */
  act?: { name: ActName | typeof WATCH; text: string };
  /** Facts about the bundle that validation found. */
  found?: Pick<ModelVersionStatus, 'task' | 'metrics' | 'lineage' | 'contract' | 'validation' | 'verified'>;
}

/** A manual action requested by an annotation of the model. */
export interface Act {
  name: ActName;
  /** The whole value of the annotation. */
  text: string;
  version: string;
  /** Where the value says `VERSION@DIGEST`. */
  digest?: string;
  /** What the person wrote after the token; empty where they wrote nothing. */
  reason: string;
  /** Field manager that wrote the annotation. */
  by: string;
}

/** The result of a manual action. Underway: it is decided later. */
export interface ActionResult {
  act: Act;
  outcome: 'Done' | 'Refused' | 'Underway';
  /** One sentence. */
  message: string;
}

/** A merge patch of the Rollout: moves it on without a change that would make it start over. */
export interface RolloutPatch {
  body: Readonly<Record<string, unknown>>;
  subresource?: 'status';
}

/** Holds the candidate at its step, or lets it go on. */
export const pausing = (paused: boolean): RolloutPatch => ({ body: { spec: { paused } } });

/**
 * The desired Rollout. `Leave`: do not touch it, because it is between two versions and a changed spec would restart it, or
 * because there is nothing to serve yet.
 */
export type Target =
  | { run: 'Leave' }
  | { run: 'Champion'; release: Release }
  | { run: 'Candidate'; release: Release; attempt: string };

/** The time after a promotion during which the guardrails still apply to the new champion. */
export interface Watch {
  champion: ModelVersion;
  /** The champion before it, to which everyone can return. */
  previous: ModelVersion | undefined;
  /** When the champion was promoted, seconds since the epoch. */
  since: number;
  /** Milliseconds since the epoch. */
  until: number;
  guardrails: readonly Guardrail[];
  /** The AnalysisRun: its name, and itself once it is there. One for each promotion, so that restarts find it again. */
  run: { name: string; live: AnalysisRun | undefined };
  verdicts: readonly Verdict[];
}

/** What one of the rules decided. */
export interface Decision {
  target: Target;
  phase: Phase;
  /** For conditions; says too whether only a person can help. */
  reason: DecisionReason;
  /** What happens now and what is awaited, in one sentence. */
  message: string;
  /** The target last applied to the Rollout, if there is no new one: reverted to if someone edited it. */
  lastApplied?: Exclude<Target, { run: 'Leave' }>;
  transitions?: readonly Transition[];
  /** A version to register although it is not the desired version. */
  register?: Release;
  /** The bundle to be validated now. */
  validate?: Release;
  /** Sent before anything is applied. */
  patches?: readonly RolloutPatch[];
  results?: readonly ActionResult[];
  /** A sentence about a manual edit and what is done about it. */
  edited?: string;
  /** The watch over the champion that is going on. */
  watch?: Watch;
  /** Milliseconds after which to look again though nothing changed. */
  requeueAfterMs?: number;
}

/** Serve the champion, whatever the desired version; without one, leave the Rollout alone. */
export function championTarget(champion: ModelVersion | undefined): Target {
  return champion ? { run: 'Champion', release: releaseOf(champion) } : { run: 'Leave' };
}
