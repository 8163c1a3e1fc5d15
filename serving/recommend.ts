import type { IncomingMessage, ServerResponse } from 'node:http';
import { credentialHeaders } from './auth/credentials.ts';
import { RecommendRequest } from './bundle/request.ts';
import { Problem, type ProblemCode, problemOf } from './common/problems.ts';
import { HEADERS, PATHS } from './contract/http.ts';
import type { Deps } from './deps.ts';
import { abandonment, isAbandoned } from './http/abandonment.ts';
import { readJsonBody } from './http/body.ts';
import { createIntake } from './http/intake.ts';
import { parseBody } from './http/parse.ts';
import type { PreHandler } from './http/pre-handler.ts';
import { requestIdOf } from './http/request-id.ts';
import { noteOutcome } from './http/request-record.ts';
import { InferenceOverloaded } from './scoring/failures.ts';
import type { Model } from './scoring/model.ts';
import type { Recommendation } from './scoring/recommender.ts';
import type { RequestTrace } from './telemetry/traces.ts';
import type { AnsweredRequest } from './traffic/shadow.ts';
import type { ForwardedAnswer } from './traffic/target.ts';

/** What a pod cannot do now, whatever its model: it must not tell against the version. */
const NOT_OF_THE_MODEL = new Set<ProblemCode>(['NotReady', 'CredentialsUncheckable', 'Overloaded']);

export type ScoringHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** A scoring request on its way. */
interface Scoring {
  request: IncomingMessage;
  response: ServerResponse;
  requestId: string;
  isForwarded: boolean;
  /** A duplicate of a request that the champion has answered: nobody waits for it, and it counts as nobody's. */
  isShadow: boolean;
  /** When its headers had been read, a time of performance.now(); it may be kept before anything else is done for it. */
  read: number;
  /** When its time began to count for this version; absent until then. */
  started: number | undefined;
  trace: RequestTrace | undefined;
}

/**
 * `POST /recommend`, from the first byte to the last: let in, read, check, assign, forward under the shield, or score
 * here. Knows nothing of Express.
 */
export function createScoring(deps: Deps, preHandler: PreHandler): ScoringHandler {
  const { config, state, metrics, activeUsers, ids, guard, admission, traces, splitter } = deps;

  async function answer(scoring: Scoring): Promise<void> {
    const { request, response, requestId, isForwarded, isShadow, trace } = scoring;
    const keptMs = performance.now() - scoring.read;
    const letIn = guard(request, isForwarded);
    if (letIn instanceof Promise) await letIn;

    const body = await readJsonBody(request);
    const asked = parseBody(RecommendRequest, body);
    const { model } = state;
    if (model === undefined) throw new Problem('NotReady', 'The model is not loaded yet.');
    const signal = abandonment(request);

    const unit = asked.user_id ?? requestId;
    const received = { body, requestId, credentials: credentialHeaders(request.headers) };
    const routing = (await splitter?.route(unit, isForwarded, { ...received, signal, trace })) ?? { kind: 'local' as const };
    if (routing.kind === 'answered') {
      trace?.ended('forwarded', routing.answer.version);
      noteOutcome(request, 'forwarded');
      preHandler.setCommonHeaders(request, response);
      return passOn(routing.answer, response);
    }
    if (routing.kind === 'shielded') response.setHeader(HEADERS.shielded, '1');

    // A shielded request is timed from here: its wait for the candidate is counted there.
    scoring.started = performance.now() - keptMs;
    if (asked.user_id !== undefined && !isShadow) activeUsers.seen(asked.user_id);
    admission.check(!isShadow);
    const recommendation = await recommend(model, asked, isForwarded, signal, trace);
    const head = { recommendationId: ids.create(config.version), model: config.model, version: config.version };
    const rendered = model.render(head, recommendation);
    count(scoring, outcomeOf(recommendation));
    preHandler.sendJson(request, response, rendered);
    // After the answer, never before it.
    if (isComparable(recommendation, scoring)) duplicate(unit, { ...received, answer: rendered });
  }

  function duplicate(unit: string, answered: AnsweredRequest): void {
    if (splitter?.shadow.wants(unit) === true) splitter.shadow.offer(answered);
  }

  function count({ request, isShadow, started, trace }: Scoring, outcome: Outcome | 'rejected' | 'error'): void {
    trace?.ended(outcome);
    noteOutcome(request, isShadow ? 'shadow' : outcome);
    if (isShadow) return;
    metrics.count('requests', { outcome });
    if (started !== undefined) metrics.observe('requestDuration', (performance.now() - started) / 1000);
  }

  /** Counts a scoring request that ends in a problem, and says so. */
  function fail(error: unknown, scoring: Scoring): void {
    const { request, response, isShadow } = scoring;
    // Nobody received this answer; the champion that gave up waiting has counted it.
    if (isAbandoned(response)) return;
    if (error instanceof InferenceOverloaded && !isShadow) metrics.count('overloaded');
    const { status, code } = problemOf(error);
    count(scoring, status < 500 || NOT_OF_THE_MODEL.has(code) ? 'rejected' : 'error');
    preHandler.sendProblem(error, request, response);
  }

  const intake = createIntake<Scoring>((scoring) => {
    if (!isAbandoned(scoring.response)) answer(scoring).catch((error: unknown) => fail(error, scoring));
  });

  return (request, response) => {
    const isForwarded = request.headers[HEADERS.hop] !== undefined;
    // Only a candidate's pods get duplicates: elsewhere the header is the caller's own invention.
    const isShadow = isForwarded && request.headers[HEADERS.shadow] !== undefined && splitter?.isCandidate() === true;
    const trace = traces?.begin(request, response, PATHS.recommend);
    const scoring: Scoring = {
      request, response, requestId: requestIdOf(request), isForwarded, isShadow, read: performance.now(), started: undefined, trace,
    };
    if (!admission.refuses(intake.kept(), !isShadow)) return intake.offer(scoring);
    // As fail() does, without an error made and thrown.
    count(scoring, 'rejected');
    preHandler.refuse(request, response);
  };
}

/** `isRescue`: the model failed, and these are the popular items instead. */
type Answer = Recommendation & { isRescue?: true };

type Outcome = 'ok' | 'fallback' | 'rescued';

function outcomeOf({ fallback, isRescue }: Answer): Outcome {
  if (isRescue) return 'rescued';
  return fallback ? 'fallback' : 'ok';
}

/**
 * A model that fails a user of its own gives popular items. To a forwarded request it tells the truth, so that the
 * champion, which can do better, answers. A pod with too much to do says so instead: others may have less.
 */
async function recommend(
  model: Model,
  asked: RecommendRequest,
  isForwarded: boolean,
  signal: AbortSignal,
  trace: RequestTrace | undefined,
): Promise<Answer> {
  try {
    return await model.recommend(asked, signal, trace);
  } catch (error) {
    if (isForwarded || signal.aborted || error instanceof Problem || error instanceof InferenceOverloaded) throw error;
    const popular = model.popular(asked);
    if (popular === undefined) throw error;
    return { ...popular, isRescue: true };
  }
}

/** A list of popular items tells nothing of a model, and what another pod has sent here is that pod's to compare. */
const isComparable = ({ fallback }: Recommendation, { isForwarded }: Scoring): boolean => !fallback && !isForwarded;

function passOn({ contentType, version, digest, body }: ForwardedAnswer, response: ServerResponse): void {
  response.setHeader(HEADERS.version, version);
  response.setHeader(HEADERS.digest, digest);
  response.writeHead(200, { 'content-type': contentType, 'content-length': body.length });
  response.end(body);
}
