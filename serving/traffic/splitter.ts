import type { ServeConfig } from '../config/serve.ts';
import type { TrafficConfig } from '../config/traffic.ts';
import { SERVICE_PORT } from '../contract/http.ts';
import { log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createAppliedState } from './applied.ts';
import { createCandidate } from './candidate.ts';
import { dividesUsers, isCandidate, isReplaced, NO_TRAFFIC, route, type Self, type TrafficState } from './route.ts';
import type { CreateShadow, Shadow } from './shadow.ts';
import { type Attempt, createTarget, type ForwardedAnswer, type ForwardRequest } from './target.ts';

/** What came of looking for another pod to answer: nothing to look for, its answer, or its failure. */
export type Routing = { kind: 'local' } | { kind: 'answered'; answer: ForwardedAnswer } | { kind: 'shielded' };

/** Sends the candidate's users to the candidate, and shields them from its failures. */
export interface Splitter {
  /** Takes over what the cluster says now; resolves when it is in force, or overtaken by a later state. */
  apply(state: TrafficState): Promise<void>;
  /** @param hop the request was forwarded to this pod already */
  route(unit: string, hop: boolean, request: ForwardRequest): Promise<Routing>;
  /** Callers should open new connections: this pod has been replaced by another version. */
  isReplaced(): boolean;
  /** Champion pods send this pod their requests. */
  isCandidate(): boolean;
  /** For requests that this pod has answered itself. */
  shadow: Pick<Shadow, 'wants' | 'offer' | 'readGauge'>;
  close(): void;
}

type Settings = Pick<TrafficConfig, 'championService' | 'candidateService' | 'forwardTimeoutMs'> & Pick<ServeConfig, 'feedbackEvents'>;

export function createSplitter(settings: Settings, self: Self, metrics: Metrics, createShadow: CreateShadow): Splitter {
  const candidateOrigin = originOf(settings.candidateService);
  // An answer from a pod of this very version came over a route that has not caught up with the replacement.
  const isNew = (digest: string) => digest !== '' && digest !== self.digest;
  const champion = createTarget(originOf(settings.championService), settings.forwardTimeoutMs, isNew);
  const candidate = createCandidate(candidateOrigin, settings, self, metrics);
  const shadow = createShadow({ origin: candidateOrigin, timeoutMs: settings.forwardTimeoutMs, self, metrics });
  let state = NO_TRAFFIC;
  const applied = createAppliedState(candidateOrigin, self, put);

  function put(next: TrafficState): void {
    candidate.follow(next);
    if (next.weight !== state.weight || next.championHash !== state.championHash) logChange(next, self);
    state = next;
    metrics.forget('weight');
    // The gate of a step counts the pods that apply its weight, so none may say it that gives users to nobody.
    const { candidateVersion: version } = next;
    if (version !== undefined && dividesUsers(next, self)) metrics.set('weight', next.weight, { version });
  }

  /** Not counted: the new champion's failures are no longer a candidate's. */
  async function toChampion(request: ForwardRequest): Promise<Attempt> {
    const attempt = await champion.send(request);
    // Where the nodes still lead to replaced pods, the candidate Service already leads to the new champion.
    return attempt.outcome === 'mismatch' ? ((await candidate.sendUncounted(request)) ?? attempt) : attempt;
  }

  return {
    apply(next) {
      shadow.follow(next);
      return applied.apply(next);
    },
    async route(unit, hop, request) {
      const to = route(state, self, unit, hop);
      if (to === 'local') return { kind: 'local' };
      return resultOf(await (to === 'candidate' ? candidate.send(request) : toChampion(request)));
    },
    isReplaced: () => isReplaced(state, self),
    isCandidate: () => isCandidate(state, self),
    shadow,
    close() {
      shadow.close();
      applied.close();
      candidate.close();
      champion.close();
    },
  };
}

/** @param service name of a Service, or `HOST:PORT` */
function originOf(service: string): string {
  return service.includes(':') ? `http://${service}` : `http://${service}:${SERVICE_PORT}`;
}

function resultOf(attempt: Attempt | undefined): Routing {
  if (attempt === undefined) return { kind: 'local' };
  return attempt.outcome === 'ok' ? { kind: 'answered', answer: attempt.answer } : { kind: 'shielded' };
}

function logChange(state: TrafficState, self: Self): void {
  log('info', 'traffic changed', {
    weight: state.weight,
    candidate: state.candidateVersion,
    championHash: state.championHash,
    replaced: isReplaced(state, self),
  });
}
