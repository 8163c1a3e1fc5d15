import type { Model } from '../scoring/model.ts';

/** What changes over the life of a serving process; `main.ts` writes it, the routes read it. */
export interface ServingState {
  model: Model | undefined;
  /** Sentences on golden requests that were answered wrongly. */
  goldenFaults: readonly string[];
  /** The weight is known, or cannot be known now. */
  trafficKnown: boolean;
  draining: boolean;
}

/** Why no traffic may come here; undefined = ready. */
export function notReadyBecause(state: ServingState): string | undefined {
  if (state.draining) return 'This pod is shutting down.';
  if (state.model === undefined) return 'The model is not loaded yet.';
  if (state.goldenFaults.length > 0) return `The model fails its golden requests. ${state.goldenFaults[0]}`;
  if (!state.trafficKnown) return "The candidate's weight is not known yet.";
  return undefined;
}
