import { KubeError } from '../../operator/kube/errors.ts';
import { BundleFailure } from '../../serving/bundle/failure.ts';
import { EXIT } from '../../serving/contract/env.ts';
import { InferenceTimedOut, UnusableGraph } from '../../serving/scoring/failures.ts';
import { CliFailure } from './terminal/failure.ts';

export interface Explained {
  message: string;
  exitCode: number;
}

/** A sentence for what the user can mend; anything else says how to tell the makers. */
export function explained(error: unknown): Explained {
  if (error instanceof CliFailure) return error;
  if (error instanceof KubeError) return { message: answerOfCluster(error), exitCode: EXIT.unavailable };
  if (error instanceof BundleFailure) return { message: error.message, exitCode: error.result === 'Invalid' ? EXIT.invalid : EXIT.unavailable };
  if (error instanceof UnusableGraph) return { message: error.message, exitCode: EXIT.invalid };
  if (error instanceof InferenceTimedOut) return { message: `The model took too long: ${error.message}`, exitCode: EXIT.unavailable };
  const message = error instanceof Error ? error.message : String(error);
  return { message: `${message} (DEBUG=1 shows where this comes from)`, exitCode: EXIT.unavailable };
}

/** The API server's words without the method and path that the client puts in front. */
const wordsOf = ({ message }: KubeError) => message.replace(/^[A-Z]+ \/\S* ?\S*: /, '').replace(/\.?$/, '.');

function answerOfCluster(error: KubeError): string {
  const words = wordsOf(error);
  if (error.status === 0) return `The cluster does not answer: ${words} Check --context and --kubeconfig, and that the cluster runs.`;
  if (error.status === 401) return `The cluster does not accept your credentials: ${words} Log in again, or choose another --context.`;
  if (error.status === 403) return `You may not do that: ${words} Ask for a role that allows it; "kubectl recommender doctor" lists what is needed.`;
  if (error.status === 404 && /could not find the requested resource|404 page not found/.test(words)) {
    return 'Missing in this cluster: RecommenderModels: the operator\'s CRDs are not installed. "kubectl recommender doctor" tells what is missing.';
  }
  return `The cluster refuses: ${words}`;
}
