import type { TrafficConfig } from '../config.ts';
import { FORWARD_FAILURES, SERVICE_PORT } from '../contract.ts';
import { createSparseLog, log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createAppliedState } from './applied.ts';
import { isReplaced, NO_TRAFFIC, route } from './route.ts';
import type { Self, TrafficState } from './route.ts';
import { createTarget } from './target.ts';
import type { Attempt, ForwardedAnswer, ForwardRequest, Target } from './target.ts';

/** What came of looking for another pod to answer: nothing to look for, its answer, or its failure. */
export type Elsewhere = { kind: 'local' } | { kind: 'answered'; answer: ForwardedAnswer } | { kind: 'shielded' };

/** Sends the candidate's users to the candidate, and shields them from its failures. */
export interface Splitter {
  /** Takes over what the cluster says now; resolves when it is in force, or overtaken by a later state. */
  apply(state: TrafficState): Promise<void>;
  /** @param hop the request was forwarded to this pod already */
  elsewhere(unit: string, hop: boolean, request: ForwardRequest): Promise<Elsewhere>;
  /** Callers should open new connections: this pod has been replaced by another version. */
  isReplaced(): boolean;
  close(): void;
}

type Settings = Pick<TrafficConfig, 'championService' | 'candidateService' | 'forwardTimeoutMs'>;

export function createSplitter(settings: Settings, self: Self, metrics: Metrics): Splitter {
  const candidateOrigin = originOf(settings.candidateService);
  // An answer from a pod of this very version came over a route that has not caught up with the replacement.
  const isNew = (digest: string) => digest !== '' && digest !== self.digest;
  const champion = createTarget(originOf(settings.championService), settings.forwardTimeoutMs, isNew);
  let state = NO_TRAFFIC;
  let candidate: Target | undefined;
  const applied = createAppliedState(candidateOrigin, self, put);

  function put(next: TrafficState): void {
    if (next.candidateDigest !== state.candidateDigest) renewCandidate(next);
    if (next.weight !== state.weight || next.championHash !== state.championHash) logChange(next, self);
    state = next;
    metrics.forget('weight');
    if (next.candidateVersion !== undefined) metrics.set('weight', next.weight, { version: next.candidateVersion });
  }

  /** Connections stay with the pods they were opened to, and those of the previous candidate are of no use. */
  function renewCandidate({ candidateDigest, candidateVersion }: TrafficState): void {
    candidate?.close();
    candidate = undefined;
    if (candidateDigest === undefined || candidateDigest === self.digest) return;
    candidate = createTarget(candidateOrigin, settings.forwardTimeoutMs, (digest) => digest === candidateDigest);
    if (candidateVersion !== undefined) showCounters(candidateVersion, metrics);
  }

  async function toCandidate(request: ForwardRequest): Promise<Elsewhere> {
    const { candidateVersion } = state;
    if (candidate === undefined) return { kind: 'local' };
    const attempt = await candidate.send(request);
    if (candidateVersion !== undefined) countAttempt(attempt, candidateVersion, metrics);
    return resultOf(attempt);
  }

  /** Not counted: the new champion's failures are no longer a candidate's. */
  async function toChampion(request: ForwardRequest): Promise<Elsewhere> {
    const attempt = await champion.send(request);
    // Where the nodes still lead to replaced pods, the candidate Service already leads to the new champion.
    if (attempt.outcome === 'mismatch' && candidate !== undefined) return resultOf(await candidate.send(request));
    return resultOf(attempt);
  }

  return {
    apply: (next) => applied.apply(next),
    async elsewhere(unit, hop, request) {
      const to = route(state, self, unit, hop);
      if (to === 'local') return { kind: 'local' };
      return to === 'candidate' ? toCandidate(request) : toChampion(request);
    },
    isReplaced: () => isReplaced(state, self),
    close() {
      applied.close();
      candidate?.close();
      champion.close();
    },
  };
}

/** @param service name of a Service, or `HOST:PORT` */
function originOf(service: string): string {
  return service.includes(':') ? `http://${service}` : `http://${service}:${SERVICE_PORT}`;
}

function resultOf(attempt: Attempt): Elsewhere {
  return attempt.outcome === 'ok' ? { kind: 'answered', answer: attempt.answer } : { kind: 'shielded' };
}

const sparseLog = createSparseLog(10_000);

function countAttempt(attempt: Attempt, version: string, metrics: Metrics): void {
  if (attempt.outcome !== 'open') metrics.observe('forwardedDuration', attempt.seconds, { version });
  if (attempt.outcome === 'abandoned') return;
  metrics.count('forwarded', { outcome: attempt.outcome, version });
  if (attempt.outcome === 'ok') return;
  metrics.count('shielded', { version });
  sparseLog('warn', 'shielded', { candidate: version, outcome: attempt.outcome });
}

/** A series that starts at 1 hides its first event from rate() and increase(). */
function showCounters(version: string, metrics: Metrics): void {
  for (const outcome of ['ok', ...FORWARD_FAILURES]) metrics.count('forwarded', { outcome, version }, 0);
  metrics.count('shielded', { version }, 0);
}

function logChange(state: TrafficState, self: Self): void {
  log('info', 'traffic', {
    weight: state.weight,
    candidate: state.candidateVersion,
    championHash: state.championHash,
    replaced: isReplaced(state, self),
  });
}
