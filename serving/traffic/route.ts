import { isCandidateUser } from './assign.ts';

/** What the cluster says about who gets which version. */
export interface TrafficState {
  /** Share of users that belong to the candidate, percent 0–100. */
  weight: number;
  /** Share of users whose requests are duplicated to a candidate without users, percent 0–100. */
  shadowPercent: number;
  candidateVersion: string | undefined;
  /** Digest of the version in the Rollout's template; salt of the assignment. */
  candidateDigest: string | undefined;
  /** Pod template hash the champion Service selects; undefined when it is not known. */
  championHash: string | undefined;
}

/** What a pod knows about itself. */
export interface Self {
  digest: string;
  podTemplateHash: string;
}

export type Route = 'local' | 'candidate' | 'champion';

export const NO_TRAFFIC: TrafficState = {
  weight: 0,
  shadowPercent: 0,
  candidateVersion: undefined,
  candidateDigest: undefined,
  championHash: undefined,
};

/**
 * The champion Service no longer selects this pod, and what replaced it is another version. Without a carrier nobody
 * can say which version that is: a Service may still select pods that were deleted before this one was made.
 */
export function isReplaced(state: TrafficState, self: Self): boolean {
  if (state.candidateDigest === undefined || state.candidateDigest === self.digest) return false;
  return state.championHash !== undefined && state.championHash !== self.podTemplateHash;
}

/** Champion pods send this pod their requests: it is of the wished version, and the champion Service does not select it. */
export function isCandidate(state: TrafficState, self: Self): boolean {
  return state.candidateDigest === self.digest && state.championHash !== undefined && state.championHash !== self.podTemplateHash;
}

/** Gives a share of its users to the candidate, as large as the weight says: a pod of the champion. */
export function dividesUsers(state: TrafficState, self: Self): boolean {
  return state.candidateDigest !== undefined && state.candidateDigest !== self.digest && !isReplaced(state, self);
}

/**
 * Who answers a request.
 * @param unit user id, or the request id where there is none
 * @param hop the request was forwarded to this pod
 */
export function route(state: TrafficState, self: Self, unit: string, hop: boolean): Route {
  if (hop || self.digest === state.candidateDigest) return 'local';
  // Callers' kept-alive connections still reach a replaced pod; users who saw the new version must not fall back.
  if (isReplaced(state, self)) return 'champion';
  const { candidateDigest, weight } = state;
  return candidateDigest !== undefined && isCandidateUser(candidateDigest, unit, weight) ? 'candidate' : 'local';
}
