export const usage = `npm run cluster -- up             bring the local cluster up (or up again)
npm run cluster -- down           stop it and remove its traces
npm run cluster -- status         the state of each part and pod
npm run cluster -- logs NAME      the log of a part (etcd, kubelet …) or of a pod (NAMESPACE/POD)
npm run cluster -- build          build the project's images and give them to the cluster if it is up`;

export type Command =
  | { name: 'up' | 'down' | 'build' | 'help' }
  | { name: 'status'; quiet: boolean }
  | { name: 'logs'; of: string };

/** Parses the command line after `npm run cluster --`. Throws an Error with the usage for anything else. */
export function parseArguments(args: readonly string[]): Command {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help') return { name: 'help' };
  if (name === 'logs' && rest.length === 1 && rest[0]) return { name, of: rest[0] };
  if (name === 'status' && (rest.length === 0 || (rest.length === 1 && rest[0] === '--quiet'))) {
    return { name, quiet: rest.length === 1 };
  }
  if ((name === 'up' || name === 'down' || name === 'build') && rest.length === 0) return { name };
  throw new Error(`“${args.join(' ')}” is not a cluster command. These are:\n${usage}`);
}
