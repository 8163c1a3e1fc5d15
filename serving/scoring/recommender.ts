import { includes } from '../bundle/attributes.ts';
import type { Bundle } from '../bundle/bundle.ts';
import { invalid } from '../bundle/input-values.ts';
import { isOfClasses } from '../bundle/manifest.ts';
import type { RankedItem } from '../bundle/ranked.ts';
import { DEFAULT_K, type RecommendRequest } from '../bundle/request.ts';
import type { Answers } from '../cache/answers.ts';
import { type RequestTrace, traced } from '../telemetry/traces.ts';
import { createEncoder, type Row } from './encode.ts';
import { InferenceFailed, InferenceOverloaded, InferenceTimedOut } from './failures.ts';
import { createFilterRows } from './filter-rows.ts';
import type { Inference } from './inference.ts';
import type { Selection } from './messages.ts';
import { isZeroNothing } from './never.ts';
import { createRank } from './rank.ts';

export interface Recommendation {
  /** Of items, or of classes: the task says which. */
  items: RankedItem[];
  /** Popular items, or prior probabilities, instead of what the model says of this request. */
  fallback: boolean;
}

/** Scores a request with the bundle's model. */
export interface Recommender {
  /**
   * @throws Problem InvalidRequest when the request does not fit the model;
   *   InferenceFailed, InferenceTimedOut, InferenceOverloaded: the caller decides whether `popular` will do
   */
  recommend(request: RecommendRequest, signal?: AbortSignal, trace?: RequestTrace): Promise<Recommendation>;
  /**
   * What the bundle keeps for requests that the model cannot score: popular items, with the score 0 as no model gave
   * one; or the prior probabilities of classes. Undefined when the bundle keeps nothing.
   * @throws Problem InvalidRequest when the filter names what no item has
   */
  popular(request: RecommendRequest): Recommendation | undefined;
}

export interface Observers {
  /** An inference run threw, or its answer could not be used, whatever the error. */
  onInferenceError(error: Error): void;
  /** Inference and ranking took this long, seconds. */
  onGenerated(seconds: number): void;
}

/** Too slow and too busy are no errors of inference; everything unforeseen is, or popular items would hide it. */
function isInferenceError(error: unknown): error is Error {
  return error instanceof Error && !(error instanceof InferenceTimedOut) && !(error instanceof InferenceOverloaded);
}

const MOST_NAMED = 20;
const NO_ROWS: readonly number[] = [];
const NO_ROW_SET: ReadonlySet<number> = new Set();

/** Nothing kept, nothing shared. */
const COMPUTED: Answers = (_question, signal, compute) => compute(signal);

/** @param answers what has been answered before, or is being answered now, is not computed again */
export function createRecommender(
  bundle: Bundle,
  inference: Pick<Inference, 'score' | 'plan'>,
  observers: Observers,
  answers = COMPUTED,
): Recommender {
  const { itemRows, attributes } = bundle;
  const fallback = bundle.fallback && eachOnce(bundle.fallback);
  const encode = createEncoder(bundle, inference.plan);
  const rowsOfFilter = createFilterRows(attributes);
  const isOfItems = !isOfClasses(bundle.manifest.task);
  const count = isOfItems ? bundle.items.length : bundle.classes.length;

  const rank = createRank({
    count,
    isRankedByGraph: inference.plan.answer.kind === 'Ranked',
    isZeroNothing: isZeroNothing(bundle.manifest),
  });

  /** What the user does not want, or has dealt with. */
  function bannedRows({ exclude = [], history = [] }: RecommendRequest): readonly number[] {
    if (!isOfItems || exclude.length + history.length === 0) return NO_ROWS;
    return [...exclude, ...history].map((id) => itemRows.get(id)).filter((row) => row !== undefined);
  }

  /** Rows that match the filter, ascending; undefined = all. */
  function allowedRows({ filter }: RecommendRequest): Int32Array<ArrayBuffer> | undefined {
    if (filter === undefined) return undefined;
    const wanted = Object.entries(filter);
    if (wanted.length === 0) return undefined;
    const unknown = wanted.find(([attribute]) => !attributes.has(attribute));
    if (unknown === undefined) return rowsOfFilter(filter);
    const why = isOfItems ? `is not an attribute of the items; known attributes: ${named()}` : 'is not supported for classes';
    throw invalid(`filter.${unknown[0]}`, why);
  }

  function named(): string {
    const names = [...attributes.keys()].map((name) => name.slice(0, 64));
    return [...names.slice(0, MOST_NAMED), ...(names.length > MOST_NAMED ? ['…'] : [])].join(', ');
  }

  /** Whether an empty answer is the graph's doing: there are items that the request would take. */
  function hasCandidates(request: RecommendRequest): boolean {
    const banned = new Set(bannedRows(request));
    return allowedRows(request)?.some((row) => !banned.has(row)) ?? banned.size < count;
  }

  function popular(request: RecommendRequest): Recommendation | undefined {
    if (fallback === undefined) return undefined;
    const banned = new Set(bannedRows(request));
    const allowed = allowedRows(request);
    const items = fallback.filter(({ row }) => !banned.has(row) && (allowed === undefined || includes(allowed, row)));
    return { items: items.slice(0, request.k ?? DEFAULT_K), fallback: true };
  }

  function score(request: RecommendRequest, row: Row, signal?: AbortSignal, trace?: RequestTrace): Promise<RankedItem[]> {
    const { filter, k = DEFAULT_K } = request;
    const selection = { k, banned: bannedRows(request), allowed: allowedRows(request) };
    const question = { inputs: row, k, banned: selection.banned, filter };
    const ask = (shared?: AbortSignal) => traced(trace, 'inference', () => compute(row, selection, shared));
    return traced(trace, 'cache', () => answers(question, signal, ask));
  }

  async function compute(row: Row, selection: Selection, signal?: AbortSignal): Promise<RankedItem[]> {
    const started = performance.now();
    try {
      const scores = await inference.score({ row, selection }, signal);
      const { k, banned, allowed } = selection;
      return rank(scores, { k, banned: banned.length === 0 ? NO_ROW_SET : new Set(banned), allowed });
    } catch (error) {
      if (isInferenceError(error)) observers.onInferenceError(error);
      throw error;
    } finally {
      observers.onGenerated((performance.now() - started) / 1000);
    }
  }

  async function recommend(request: RecommendRequest, signal?: AbortSignal, trace?: RequestTrace): Promise<Recommendation> {
    const row = encode(request);
    const items = row && (await score(request, row, signal, trace));
    // Whatever came first of items that the graph knows nothing of would look like an answer.
    if (items !== undefined && (items.length > 0 || !hasCandidates(request))) return { items, fallback: false };
    const kept = popular(request);
    if (kept === undefined) throw new InferenceFailed('the bundle has no fallback for this request');
    return kept;
  }

  return { recommend, popular };
}

function eachOnce(ranked: readonly RankedItem[]): RankedItem[] {
  return [...new Map(ranked.map((item) => [item.row, item])).values()];
}
