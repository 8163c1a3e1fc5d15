import type { TrafficConfig } from '../config.ts';
import { FORWARD_FAILURES, PORT } from '../contract.ts';
import { log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { leadsTo } from './confirm.ts';
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

type Names = Pick<TrafficConfig, 'championService' | 'candidateService' | 'forwardTimeoutMs'>;

export function createSplitter(names: Names, self: Self, metrics: Metrics, port = PORT): Splitter {
  const originOf = (service: string) => `http://${service.includes(':') ? service : `${service}:${port}`}`;
  const candidateOrigin = originOf(names.candidateService);
  // An answer from a pod of this very version came over a route that has not caught up with the replacement.
  const champion = createTarget(originOf(names.championService), names.forwardTimeoutMs, (digest) => digest !== self.digest);
  let applied = NO_TRAFFIC;
  let candidate: Target | undefined;
  let confirming: AbortController | undefined;
  let confirmed: string | undefined;

  function put(state: TrafficState): void {
    if (state.candidateDigest !== applied.candidateDigest) renewCandidate(state);
    if (state.weight !== applied.weight || state.championHash !== applied.championHash) logChange(state, self);
    applied = state;
    metrics.forget('weight');
    if (state.candidateVersion !== undefined) metrics.set('weight', state.weight, { version: state.candidateVersion });
  }

  /** Connections stay with the pods they were opened to, and those of the previous candidate are of no use. */
  function renewCandidate({ candidateDigest, candidateVersion }: TrafficState): void {
    candidate?.close();
    candidate = undefined;
    if (candidateDigest === undefined || candidateDigest === self.digest) return;
    candidate = createTarget(candidateOrigin, names.forwardTimeoutMs, (digest) => digest === candidateDigest);
    if (candidateVersion !== undefined) showCounters(candidateVersion, metrics);
  }

  /** Holds a first weight back until the candidate's Service leads to the candidate. */
  async function applyWhenConfirmed(state: TrafficState, digest: string): Promise<void> {
    confirming = new AbortController();
    const { signal } = confirming;
    put({ ...state, weight: 0 });
    const found = await leadsTo(candidateOrigin, digest, signal);
    if (signal.aborted) return;
    // A candidate that never answers must be measured, not waited for.
    if (!found) log('warn', 'candidate-unconfirmed', { version: state.candidateVersion });
    confirmed = digest;
    put(state);
  }

  async function apply(state: TrafficState): Promise<void> {
    const { candidateDigest, weight } = state;
    confirming?.abort();
    if (weight === 0 || candidateDigest !== confirmed) confirmed = undefined;
    const unproven = weight > 0 && candidateDigest !== undefined && candidateDigest !== self.digest && confirmed === undefined;
    if (unproven && !isReplaced(state, self)) await applyWhenConfirmed(state, candidateDigest);
    else put(state);
  }

  async function toCandidate(request: ForwardRequest, version: string | undefined): Promise<Elsewhere> {
    const attempt = (await candidate?.send(request)) ?? { outcome: 'error' as const, seconds: 0 };
    if (version !== undefined) countAttempt(attempt, version, metrics);
    return result(attempt);
  }

  async function toChampion(request: ForwardRequest): Promise<Elsewhere> {
    const attempt = await champion.send(request);
    // Where the proxy still leads to replaced pods, the candidate Service already leads to the new champion.
    return attempt.outcome === 'mismatch' && candidate !== undefined ? result(await candidate.send(request)) : result(attempt);
  }

  return {
    apply,
    async elsewhere(unit, hop, request) {
      const to = route(applied, self, unit, hop);
      if (to === 'local') return { kind: 'local' };
      return to === 'candidate' ? toCandidate(request, applied.candidateVersion) : toChampion(request);
    },
    isReplaced: () => isReplaced(applied, self),
    close() {
      confirming?.abort();
      candidate?.close();
      champion.close();
    },
  };
}

function result(attempt: Attempt): Elsewhere {
  return attempt.outcome === 'ok' ? { kind: 'answered', answer: attempt.answer } : { kind: 'shielded' };
}

function countAttempt(attempt: Attempt, version: string, metrics: Metrics): void {
  if (attempt.outcome !== 'open') metrics.observe('forwardedDuration', attempt.seconds, { version });
  if (attempt.outcome === 'abandoned') return;
  metrics.count('forwarded', { outcome: attempt.outcome, version });
  if (attempt.outcome !== 'ok') metrics.count('shielded', { version });
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
