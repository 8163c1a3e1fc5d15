import type { Bundle } from '../bundle/bundle.ts';
import type { RecommendRequest } from '../bundle/request.ts';
import type { Answers } from '../cache/answers.ts';
import { batchOf } from './batch.ts';
import { createBatchGuard } from './batch-guard.ts';
import { createEncoder } from './encode.ts';
import { feedOf } from './feeds.ts';
import { planOf } from './graph-contract.ts';
import { type Inference, type InferenceEvents, startInference } from './inference.ts';
import type { Plan } from './messages.ts';
import { createRecommender, type Observers, type Recommender } from './recommender.ts';
import { createRenderer, type Render } from './render.ts';
import type { GraphInfo, RawTensor } from './tensors.ts';

/** A bundle that is loaded and warm. */
export interface Model extends Recommender, Pick<Inference, 'infer' | 'waiting'> {
  /** What the graph takes and gives. */
  describe(): GraphInfo;
  /** The tensors of one request, for `infer`; undefined when popular items are to answer. */
  feeds(request: RecommendRequest): RawTensor[] | undefined;
  /** The body of an answer, JSON; valid until the next call. */
  render: Render;
  /** Replays the golden requests, alone and together; one sentence a fault. @throws InferenceTimedOut */
  check(): Promise<string[]>;
  close(): Promise<void>;
}

interface ModelEvents extends Observers, InferenceEvents {
  /** Requests are scored one at a time from now on. @param why a sentence */
  onBatchDependent?(why: string): void;
}

const QUIET: Observers = { onInferenceError: () => undefined, onGenerated: () => undefined };

/**
 * Loads the graph of a bundle into `threads` workers and runs it a few times, alone and in batches, which it is given in
 * service only if they change no answer.
 * @param answers what users ask goes through it; golden requests never do
 * @throws UnusableGraph, InferenceTimedOut when it does not load in time
 */
export async function loadModel(bundle: Bundle, events: ModelEvents, threads = 1, answers?: Answers): Promise<Model> {
  const { graphFile } = bundle;
  const inference = await startInference({ graphFile, threads, planOf: (graph) => planOf(bundle, graph) }, events);
  const quiet = createRecommender(bundle, inference, QUIET);
  const { onBatchDependent } = events;
  const guard = createBatchGuard({ bundle, inference, recommender: quiet, workers: threads, onBatchDependent });
  await warm(bundle, quiet);
  await guard.start();
  return {
    ...createRecommender(bundle, inference, events, answers),
    describe: () => inference.graph,
    feeds: createFeeds(bundle, inference.plan),
    infer: inference.infer,
    waiting: inference.waiting,
    render: createRenderer(bundle),
    check: guard.check,
    close: inference.close,
  };
}

function createFeeds(bundle: Bundle, plan: Plan): Model['feeds'] {
  const encode = createEncoder(bundle, plan);
  return (request) => {
    const row = encode(request);
    if (row === undefined) return undefined;
    const { inputs } = batchOf([{ row, selection: { k: 1, banned: [], allowed: undefined } }], plan);
    return plan.inputs.map((input, index) => feedOf(input, inputs[index] ?? [], 1));
  };
}

/** Runs alone and together. What fails here fails again in the golden requests, where it is reported. */
async function warm({ golden }: Bundle, { recommend }: Recommender): Promise<void> {
  for (const { request } of golden.slice(0, 1)) await Promise.allSettled([recommend(request)]);
  const all = Array.from({ length: 4 }, () => golden.slice(0, 4)).flat();
  await Promise.allSettled(all.map(({ request }) => recommend(request)));
}
