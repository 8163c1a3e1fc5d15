import { parseArgs } from 'node:util';

export const USAGE = `npm run demo                        on a Kubernetes of its own on this machine (root)
npm run demo -- --context NAME      on the existing cluster of that kubeconfig context

  --strategy NAME         how versions are released: canary (the default), bluegreen or shadow
  --keep                  leave everything in place afterwards (the default on a terminal)
  --down                  remove it afterwards, the local cluster included (even if it was already up)
  --namespace NAME        namespace to create; default: shop

With --context:
  --image-prefix PREFIX   where the cluster finds the images recommender-operator, recommender-serving and
                          recommender-examples, e.g. registry.example.org/team/
  --image-tag TAG         of all three
  --prometheus URL        as the cluster sees it; default: http://prometheus.monitoring:9090

Ctrl-C stops it. The last line of the output is one JSON object; the exit code is 0 only if every step succeeded.`;

const PROMETHEUS = 'http://prometheus.monitoring:9090';

/** The command line is not valid; the message is one sentence. */
export class UsageError extends Error {}

export type Where =
  | { cluster: 'Local' }
  | { cluster: 'Other'; context: string; imagePrefix: string; imageTag: string };

export const STRATEGIES = ['canary', 'bluegreen', 'shadow'] as const;
export type Strategy = (typeof STRATEGIES)[number];

export interface Options {
  help: boolean;
  strategy: Strategy;
  where: Where;
  prometheusUrl: string;
  namespace: string;
  /** What happens to everything afterwards; undefined: it stays if the output is a terminal. */
  after: 'Keep' | 'Down' | undefined;
}

const FLAGS = {
  help: { type: 'boolean', short: 'h' },
  keep: { type: 'boolean' },
  down: { type: 'boolean' },
  strategy: { type: 'string' },
  context: { type: 'string' },
  namespace: { type: 'string' },
  prometheus: { type: 'string' },
  'image-prefix': { type: 'string' },
  'image-tag': { type: 'string' },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof FLAGS }>>['values'];

/** @throws UsageError */
export function parseOptions(args: readonly string[]): Options {
  const values = read(args);
  if (values.keep && values.down) throw new UsageError('--keep and --down are mutually exclusive: give one of them.');
  const namespace = values.namespace ?? 'shop';
  if (!/^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/.test(namespace)) {
    throw new UsageError(`“${namespace}” is not a valid namespace name: use up to 40 lowercase letters, digits and dashes.`);
  }
  return {
    help: values.help ?? false,
    strategy: strategyOf(values.strategy ?? 'canary'),
    where: values.help ? { cluster: 'Local' } : whereOf(values),
    prometheusUrl: prometheusOf(values.prometheus ?? PROMETHEUS),
    namespace,
    after: values.keep ? 'Keep' : values.down ? 'Down' : undefined,
  };
}

function read(args: readonly string[]): Values {
  try {
    return parseArgs({ args: [...args], options: FLAGS, strict: true }).values;
  } catch (error) {
    const [first = ''] = (error as Error).message.split(/\.\s|\n/);
    throw new UsageError(`${first.replace(/\.$/, '')}: “npm run demo -- --help” lists the options.`);
  }
}

function whereOf(values: Values): Where {
  const { context, 'image-prefix': prefix, 'image-tag': tag } = values;
  if (context === undefined) {
    const stray = (['prometheus', 'image-prefix', 'image-tag'] as const).find((name) => values[name] !== undefined);
    if (stray) throw new UsageError(`--${stray} applies to an existing cluster only: give --context NAME too.`);
    return { cluster: 'Local' };
  }
  if (context === '') throw new UsageError('--context needs a name: “kubectl config get-contexts” lists them.');
  if (!prefix || !tag) {
    throw new UsageError(
      'An existing cluster cannot see the images on this machine: build the targets operator, serving and examples of the Dockerfile, push ' +
        'them as PREFIXrecommender-TARGET:TAG where it can pull them, and give --image-prefix PREFIX --image-tag TAG.',
    );
  }
  return { cluster: 'Other', context, imagePrefix: prefix.replace(/\/?$/, '/'), imageTag: tag };
}

function strategyOf(name: string): Strategy {
  const found = STRATEGIES.find((each) => each === name);
  if (found) return found;
  throw new UsageError(`Unknown strategy “${name}”: --strategy takes canary, bluegreen or shadow.`);
}

function prometheusOf(url: string): string {
  const isHttp = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
  if (isHttp) return url.replace(/\/$/, '');
  throw new UsageError(`--prometheus “${url}” is not an http:// or https:// address.`);
}
