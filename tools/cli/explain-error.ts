import { KubeError } from '../../operator/kube/errors.ts';
import { BundleFailure } from '../../serving/bundle/failure.ts';
import { EXIT } from '../../serving/contract/env.ts';
import { InferenceTimedOut, UnusableGraph } from '../../serving/scoring/failures.ts';
import { CliFailure } from './terminal/failure.ts';

interface Explanation {
  message: string;
  exitCode: number;
}

/** A sentence for what the user can fix; anything else says how to get a stack trace. */
export function explainError(error: unknown): Explanation {
  if (error instanceof CliFailure) return error;
  if (error instanceof KubeError) return { message: answerOfCluster(error), exitCode: EXIT.unavailable };
  if (error instanceof BundleFailure) {
    return { message: error.message, exitCode: error.result === 'Invalid' ? EXIT.invalid : EXIT.unavailable };
  }
  if (error instanceof UnusableGraph) return { message: error.message, exitCode: EXIT.invalid };
  if (error instanceof InferenceTimedOut) return { message: `The model timed out: ${error.message}`, exitCode: EXIT.unavailable };
  const message = error instanceof Error ? error.message : String(error);
  return { message: `${message} (set DEBUG=1 for a stack trace)`, exitCode: EXIT.unavailable };
}

/** The API server's message without the method and path that the client puts in front. */
const wordsOf = ({ message }: KubeError) => message.replace(/^[A-Z]+ \/\S* ?\S*: /, '').replace(/\.?$/, '.');

function answerOfCluster(error: KubeError): string {
  const words = wordsOf(error);
  if (error.status === 0) return `Cannot reach the cluster: ${words} Check --context and --kubeconfig, and that the cluster is running.`;
  if (error.status === 401) return `The cluster rejected your credentials: ${words} Log in again or choose another --context.`;
  if (error.status === 403) {
    return `Permission denied: ${words} Ask for a role that allows it; "kubectl recommender doctor" lists the required permissions.`;
  }
  if (error.status === 404 && /could not find the requested resource|404 page not found/.test(words)) {
    return 'The CRDs of the operator are not installed in this cluster; "kubectl recommender doctor" shows what is missing.';
  }
  return `The cluster rejected the request: ${words}`;
}
