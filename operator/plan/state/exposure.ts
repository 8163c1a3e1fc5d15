import type { ModelVersion } from '../../api/model.ts';
import { progressOf } from './progress.ts';
import type { Snapshot } from './snapshot.ts';
import { sawUsers } from './verdicts.ts';

/** Whether a version that is withdrawn had users; `weight`: their share, percent, if known. */
interface Exposure {
  seen: boolean;
  weight?: number;
}

/**
 * An abort sets the weight to 0 at once, so the last reported one counts; measurements reveal users whose share is no longer
 * known.
 */
export function exposureOf({ observed, rolloutDigest, rolloutState }: Snapshot, version: ModelVersion): Exposure {
  const { digest } = version.spec;
  const { candidate } = observed.model.status ?? {};
  const reported = candidate?.digest === digest ? (candidate.weight ?? 0) : 0;
  const isThere = rolloutDigest === digest && rolloutState !== 'Aborted';
  const weight = reported > 0 || !isThere ? reported : progressOf(observed).weight;
  if (weight > 0) return { seen: true, weight };
  return { seen: (isThere && rolloutState === 'Settled') || sawUsers(observed, version) };
}
