import type { ServeConfig } from '../config/serve.ts';
import type { TrafficConfig } from '../config/traffic.ts';
import { FORWARD_FAILURES } from '../contract/metrics.ts';
import { createSparseLog } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Self, TrafficState } from './route.ts';
import { type Attempt, createTarget, type ForwardRequest, type Target } from './target.ts';

/** The candidate of the moment, as the champion's pods reach it. */
export interface Candidate {
  /** Turns to the candidate that `state` names, if it is another than before. */
  follow(state: TrafficState): void;
  /** Sends a request of the candidate's users and counts how it ended; undefined when there is no candidate. */
  send(request: ForwardRequest): Promise<Attempt | undefined>;
  /** Sends what is not the candidate's to answer for, uncounted; undefined when there is no candidate. */
  sendUncounted(request: ForwardRequest): Promise<Attempt | undefined>;
  close(): void;
}

/** How long to wait for an answer, and what callers report about the candidate's answers to any pod. */
type Settings = Pick<TrafficConfig, 'forwardTimeoutMs'> & Pick<ServeConfig, 'feedbackEvents'>;

export function createCandidate(origin: string, { forwardTimeoutMs, feedbackEvents }: Settings, self: Self, metrics: Metrics): Candidate {
  let digest: string | undefined;
  let version: string | undefined;
  let target: Target | undefined;

  /** Connections stay with the pods they were opened to, and those of the previous candidate are of no use. */
  function renew(wanted: string | undefined): void {
    target?.close();
    target = undefined;
    digest = wanted;
    if (wanted === undefined || wanted === self.digest) return;
    target = createTarget(origin, forwardTimeoutMs, (found) => found === wanted);
    if (version !== undefined) showCounters(version, feedbackEvents, metrics);
  }

  return {
    follow({ candidateDigest, candidateVersion }) {
      version = candidateVersion;
      if (candidateDigest !== digest) renew(candidateDigest);
    },
    async send(request) {
      // Both may be another's by the time of the answer.
      const asked = version;
      const attempt = await target?.send(request);
      if (attempt !== undefined && asked !== undefined) countAttempt(attempt, asked, metrics);
      return attempt;
    },
    sendUncounted: async (request) => target?.send(request),
    close: () => target?.close(),
  };
}

const sparseLog = createSparseLog(10_000);

function countAttempt(attempt: Attempt, version: string, metrics: Metrics): void {
  if (attempt.outcome !== 'open') metrics.observe('forwardedDuration', attempt.seconds, { version });
  if (attempt.outcome === 'abandoned') return;
  metrics.count('forwarded', { outcome: attempt.outcome, version });
  if (attempt.outcome === 'ok') return;
  metrics.count('shielded', { version });
  sparseLog('warn', 'request shielded from the candidate', { candidate: version, outcome: attempt.outcome });
}

/** A series that starts at 1 hides its first event from rate() and increase(). */
function showCounters(version: string, feedbackEvents: readonly string[], metrics: Metrics): void {
  for (const outcome of ['ok', ...FORWARD_FAILURES]) metrics.count('forwarded', { outcome, version }, 0);
  metrics.count('shielded', { version }, 0);
  for (const event of feedbackEvents) metrics.count('feedback', { event, version }, 0);
}
