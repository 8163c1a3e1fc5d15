import { attempt, capture, type Outcome } from './command.ts';
import { statePaths } from './layout.ts';

// Kubernetes keeps its containers and images in this namespace of containerd.
const full = (args: readonly string[]): string[] => ['--address', statePaths.containerdSocket, '--namespace', 'k8s.io', ...args];

/** containerd's own client, on the cluster's containerd. Throws CommandFailure. */
export const ctr = (args: readonly string[]): Promise<string> => capture('ctr', full(args));

export const tryCtr = (args: readonly string[]): Promise<Outcome> => attempt('ctr', full(args));

/** The lines of a `--quiet` list. */
export async function ctrList(kind: 'tasks' | 'containers' | 'images'): Promise<string[]> {
  return (await ctr([kind, 'list', '--quiet'])).split('\n').filter(Boolean);
}
