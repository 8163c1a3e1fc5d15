import type { Bundle } from '../bundle/bundle.ts';
import { BundleFailure } from '../bundle/failure.ts';
import { createInputs } from '../bundle/input-values.ts';
import type { RecommendRequest } from '../bundle/request.ts';
import { Problem } from '../common/problems.ts';
import { InferenceFailed, WorkerEnded } from '../scoring/failures.ts';
import type { Model } from '../scoring/model.ts';
import { checkClasses } from './classes.ts';
import { probesOf } from './probes.ts';

/** Golden requests that are asked for more than their answers. */
const MOST_ASKED = 100;

/**
 * Tries what a bundle promises and golden requests may not show: every index that the manifest can send, that probabilities
 * are some, and the order of the classes.
 * @throws BundleFailure with one sentence on the first that does not hold; InferenceTimedOut, WorkerEnded
 */
export async function checkPromises(bundle: Bundle, model: Model): Promise<void> {
  const valuesOf = createInputs(bundle);
  const requests = bundle.golden.map(({ request }) => request).filter((request) => valuesOf(request) !== undefined);
  const [base = {}] = requests;
  // What fails all requests is reported by the golden ones.
  if ((await failureOf(model, base)) !== undefined) return;
  for (const { request, fault } of probesOf(bundle, base)) {
    const failure = await failureOf(model, request);
    if (failure !== undefined) throw new BundleFailure('GraphInvalid', `${fault}: ${failure.message}.`, failure);
  }
  const { manifest } = bundle;
  if ('classes' in manifest) await checkClasses({ ...bundle, manifest }, model, requests.slice(0, MOST_ASKED));
}

async function failureOf(model: Model, request: RecommendRequest): Promise<InferenceFailed | undefined> {
  try {
    await model.recommend(request);
    return undefined;
  } catch (error) {
    if (error instanceof InferenceFailed && !(error instanceof WorkerEnded)) return error;
    // Some word of a vocabulary may be longer than any request may be.
    if (error instanceof Problem) return undefined;
    throw error;
  }
}
