import type { Bundle } from '../bundle/read.ts';
import { replayGolden } from './golden.ts';
import { startInference } from './inference.ts';
import type { Inference } from './inference.ts';
import { createRecommender } from './recommend.ts';
import type { Recommendation, Recommender } from './recommend.ts';
import { createRenderer } from './render.ts';
import type { AnswerHead } from './render.ts';

const WARM_USERS = 4;

interface Events {
  onInferenceError(error: Error): void;
  onGenerated(seconds: number): void;
  /** No inference worker can be kept alive. */
  onLost(reason: string): void;
}

/** A bundle that is loaded and warm. */
export interface Model extends Recommender {
  /** The body of an answer, JSON. */
  render(head: AnswerHead, recommendation: Recommendation): string;
  /** Replays the golden requests; one sentence a fault. @throws InferenceTimedOut */
  check(): Promise<string[]>;
  close(): Promise<void>;
}

/**
 * Loads the graph of a bundle into a worker and runs it a few times, alone and in batches.
 * @throws UnusableGraph, InferenceTimedOut when it does not load in time
 */
export async function loadModel(bundle: Bundle, events: Events): Promise<Model> {
  const inference = await startInference(setupOf(bundle), events.onLost);
  await warm(inference, Math.min(WARM_USERS, bundle.users.size));
  const quiet = createRecommender(bundle, inference, { onInferenceError: () => undefined, onGenerated: () => undefined });
  return {
    ...createRecommender(bundle, inference, events),
    render: createRenderer(bundle.items),
    check: () => replayGolden(bundle, quiet),
    close: () => inference.close(),
  };
}

/** Runs alone and together. What fails here fails again in the golden requests, where it is reported. */
async function warm(inference: Inference, users: number): Promise<void> {
  await Promise.allSettled([inference.score(0)]);
  await Promise.allSettled(Array.from({ length: users }, (_, user) => inference.score(user)));
}

function setupOf({ manifest, graphFile }: Bundle) {
  const { inputs, outputs } = manifest;
  return { graphFile, inputName: inputs[0]?.name ?? '', itemsName: outputs.items, scoresName: outputs.scores };
}
