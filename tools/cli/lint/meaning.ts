import { wholeOf } from '../../../operator/api/quantity.ts';
import { beginnings, UnreadableWindow } from '../../../operator/plan/spec/freeze.ts';
import { durationMs } from '../terminal/times.ts';
import type { Finding } from './structure.ts';

/** A RecommenderModel with its defaults, as far as these checks read it. */
export interface Meant {
  metadata: { namespace?: string; name: string };
  spec: {
    release: { uri: string; digest: string };
    serving: { replicas: { min: number }; resources: { requests?: Amounts; limits?: Amounts } };
    delivery: {
      strategy: string;
      canary: { steps: { hold: string }[] };
      blueGreen: { validateFor: string; keepPrevious?: string };
      shadow: { holdFor: string };
      requires?: { namespace?: string; name: string }[];
      freeze?: { schedule?: string; timeZone?: string }[];
      router: { type: string };
      after: { keepPrevious?: string };
    };
    analysis: {
      interval: string;
      window: string;
      guardrails: { averageLatency: string; p99Latency: string };
      custom: { name: string; query: string; min?: string; max?: string }[];
    };
  };
}

type Amounts = Record<string, string | number>;

/** What no schema can say: values that are right one by one and wrong together, or hardly meant. */
export function meaningFindings(model: Meant): Finding[] {
  return [...release(model), ...resources(model), ...serving(model), ...timing(model), ...keeping(model), ...gates(model), ...guardrails(model), ...custom(model)];
}

const advice = (path: Finding['path'], message: string): Finding => ({ path, message, isAdvice: true });
const wrong = (path: Finding['path'], message: string): Finding => ({ path, message });

function release({ spec: { release } }: Meant): Finding[] {
  if (!/^sha256:(.)\1{63}$/.test(release.digest)) return [];
  return [advice(['spec', 'release', 'digest'], 'is a placeholder: put in the digest that "recommender bundle pack" prints')];
}

function resources({ spec: { serving: { resources: { requests = {}, limits = {} } } } }: Meant): Finding[] {
  const path = ['spec', 'serving', 'resources'];
  const above = (name: string, amountOf: (text: string | number) => number | undefined) => {
    const [asked, most] = [amountOf(requests[name] ?? ''), amountOf(limits[name] ?? '')];
    return asked !== undefined && most !== undefined && asked > most
      ? [wrong([...path, 'requests', name], `${requests[name] ?? ''} is above the limit of ${limits[name] ?? ''}: no pod could be made`)]
      : [];
  };
  return [...above('memory', wholeOf), ...above('cpu', coresOf)];
}

/** Also of "250m", which is not a whole number of cores. */
function coresOf(amount: string | number): number | undefined {
  const [, digits, milli] = /^(\d+(?:\.\d+)?)(m?)$/.exec(String(amount)) ?? [];
  return digits === undefined ? undefined : Number(digits) / (milli === 'm' ? 1000 : 1);
}

function serving({ spec: { serving: { replicas } } }: Meant): Finding[] {
  return replicas.min > 1 ? [] : [advice(['spec', 'serving', 'replicas', 'min'], 'with one pod nobody is served while it is replaced or its node is lost')];
}

function timing({ spec: { analysis, delivery } }: Meant): Finding[] {
  const [interval = 0, window = 0] = [durationMs(analysis.interval), durationMs(analysis.window)];
  return [
    ...(interval > 0 ? [] : [wrong(['spec', 'analysis', 'interval'], 'must be longer than nothing')]),
    ...(window >= interval ? [] : [advice(['spec', 'analysis', 'window'], `${analysis.window} is shorter than the interval of ${analysis.interval}: what happens in between is never measured`)]),
    ...holds(delivery).flatMap(({ path, hold }) => ((durationMs(hold) ?? 0) >= interval ? [] : [
      advice(['spec', 'delivery', ...path], `${hold} is shorter than one measurement (analysis.interval ${analysis.interval})`),
    ])),
  ];
}

/** The times before a gate is asked, of the strategy that is chosen: a shadow is followed by the steps of a canary. */
function holds({ strategy, canary, blueGreen, shadow }: Meant['spec']['delivery']): { path: Finding['path']; hold: string }[] {
  if (strategy === 'BlueGreen') return [{ path: ['blueGreen', 'validateFor'], hold: blueGreen.validateFor }];
  const steps = canary.steps.map(({ hold }, index) => ({ path: ['canary', 'steps', index, 'hold'], hold }));
  return strategy === 'Shadow' ? [{ path: ['shadow', 'holdFor'], hold: shadow.holdFor }, ...steps] : steps;
}

/** As the Rollout is planned: without a router nothing keeps users away from the pods that were replaced, so they cannot be kept. */
function keeping({ spec: { delivery: { router, blueGreen, after: { keepPrevious = '0s' } } } }: Meant): Finding[] {
  const path = ['spec', 'delivery'];
  const old = blueGreen.keepPrevious;
  return [
    ...(router.type !== 'None' || durationMs(keepPrevious) === 0 ? [] : [
      advice([...path, 'after', 'keepPrevious'], `${keepPrevious} is not kept with the router None: the pods of the champion before go at once`),
    ]),
    ...(old === undefined ? [] : [advice([...path, 'blueGreen', 'keepPrevious'], `is deprecated: set spec.delivery.after.keepPrevious to ${old} instead`)]),
  ];
}

function gates({ metadata, spec: { delivery: { requires = [], freeze = [] } } }: Meant): Finding[] {
  const path = ['spec', 'delivery'];
  return [
    ...requires.flatMap(({ namespace, name }, index) => ((namespace ?? metadata.namespace) === metadata.namespace && name === metadata.name
      ? [wrong([...path, 'requires', index, 'name'], 'is this model itself: it would wait for ever')]
      : [])),
    ...freeze.flatMap((window, index) => unreadable(window).map(({ field, message }) => wrong([...path, 'freeze', index, field], message))),
  ];
}

function unreadable({ schedule = '0 0 * * *', timeZone = 'UTC' }: { schedule?: string; timeZone?: string }): UnreadableWindow[] {
  try {
    beginnings(schedule, timeZone);
    return [];
  } catch (error) {
    if (!(error instanceof UnreadableWindow)) throw error;
    return [error];
  }
}

function guardrails({ spec: { analysis: { guardrails } } }: Meant): Finding[] {
  const [mean = 0, p99 = 0] = [durationMs(guardrails.averageLatency), durationMs(guardrails.p99Latency)];
  const path = ['spec', 'analysis', 'guardrails', 'p99Latency'];
  return p99 >= mean ? [] : [advice(path, `${guardrails.p99Latency} is below the limit of the mean, ${guardrails.averageLatency}: that one can then hardly ever decide`)];
}

function custom({ spec: { analysis } }: Meant): Finding[] {
  return analysis.custom.flatMap(({ query, min, max }, index) => {
    const path = ['spec', 'analysis', 'custom', index];
    return [
      ...(query.includes('{{args.version}}') ? [] : [advice([...path, 'query'], 'does not say {{args.version}}: it measures the champion along with the candidate')]),
      ...(min !== undefined && max !== undefined && Number(min) > Number(max) ? [wrong([...path, 'min'], `${min} is above max ${max}: no value passes`)] : []),
    ];
  });
}
