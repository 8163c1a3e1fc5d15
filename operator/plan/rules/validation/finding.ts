import type { Verdict } from '../../../api/model.ts';
import type { DecisionReason } from '../../reasons.ts';

/** What one look at a validated version found. */
export interface Finding {
  /** Sentences for the record of a version that passes. */
  said: readonly string[];
  /** The figures, each with its limit. */
  evidence: readonly Verdict[];
  /** Why the version is rejected; empty where it is not. */
  faults: readonly Fault[];
}

export interface Fault {
  /** One CamelCase word. */
  reason: DecisionReason;
  /** A sentence, the way out included. */
  message: string;
}

export const NOTHING: Finding = { said: [], evidence: [], faults: [] };

export function merged(findings: readonly Finding[]): Finding {
  return {
    said: findings.flatMap(({ said }) => said),
    evidence: findings.flatMap(({ evidence }) => evidence),
    faults: findings.flatMap(({ faults }) => faults),
  };
}

/** A difference of decimals without the digits that binary numbers add: 0.41 - 0.42 is -0.01. */
export const difference = (a: number, b: number): number => Number((a - b).toFixed(12));

/** @param share 0 to 1 @returns e.g. `97.5%` */
export const percent = (share: number): string => `${String(Number((share * 100).toPrecision(3)))}%`;
