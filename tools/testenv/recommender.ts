import { join } from 'node:path';
import { checkout } from '../cluster/layout.ts';
import { type Cluster, output } from './cluster.ts';

const COMMAND = join(checkout, 'tools/cli/kubectl-recommender.mjs');

/** Output of `kubectl recommender` of this checkout. @throws Error with its words where it refuses */
export function recommender({ kubeconfig, context }: Pick<Cluster, 'kubeconfig' | 'context'>, args: readonly string[]): Promise<string> {
  const where = [...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]), ...(context === undefined ? [] : ['--context', context])];
  return output(process.execPath, [COMMAND, ...args, ...where]);
}
