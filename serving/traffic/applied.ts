import { log } from '../telemetry/log.ts';
import { leadsTo } from './confirm.ts';
import { isReplaced, type Self, type TrafficState } from './route.ts';

/** Turns what the cluster says into what is in force here. */
interface AppliedState {
  /** Resolves when `state` is in force, or overtaken by a later one. */
  apply(state: TrafficState): Promise<void>;
  close(): void;
}

/**
 * A state is put in force at once, but for the first weight of a candidate: that one waits until the candidate's
 * Service leads to the candidate's pods.
 * @param put puts a state in force
 */
export function createAppliedState(candidateOrigin: string, self: Self, put: (state: TrafficState) => void): AppliedState {
  let confirming = new AbortController();
  /** Digest whose pods have been seen behind the candidate Service since its weight was last 0. */
  let confirmed: string | undefined;

  function needsConfirmation({ weight, candidateDigest }: TrafficState): boolean {
    return weight > 0 && candidateDigest !== self.digest && candidateDigest !== confirmed;
  }

  async function putWhenConfirmed(state: TrafficState, digest: string): Promise<void> {
    const { signal } = confirming;
    put({ ...state, weight: 0 });
    const found = await leadsTo(candidateOrigin, digest, signal);
    if (signal.aborted) return;
    // A candidate that never answers must be measured, not waited for.
    if (!found) log('warn', 'candidate not reached through its Service, sending users anyway', { version: state.candidateVersion });
    confirmed = digest;
    put(state);
  }

  return {
    async apply(state) {
      const { weight, candidateDigest } = state;
      confirming.abort();
      confirming = new AbortController();
      if (weight === 0) confirmed = undefined;
      if (candidateDigest !== undefined && needsConfirmation(state) && !isReplaced(state, self)) {
        return putWhenConfirmed(state, candidateDigest);
      }
      put(state);
    },
    close: () => confirming.abort(),
  };
}
