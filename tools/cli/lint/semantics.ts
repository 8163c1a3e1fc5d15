import { wholeOf } from '../../../operator/api/quantity.ts';
import { beginnings, UnreadableWindow } from '../../../operator/plan/spec/freeze.ts';
import { METRICS } from '../../../serving/contract/metrics.ts';
import { durationMs } from '../terminal/times.ts';
import type { Finding } from './structure.ts';

/** A RecommenderModel with its defaults, as far as these checks read it. */
export interface DefaultedModel {
  metadata: { namespace?: string; name: string };
  spec: {
    release: { uri: string; digest: string };
    serving: { replicas: { min: number }; resources: { requests?: Amounts; limits?: Amounts }; feedback?: { events: string[] } };
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
      custom: Custom[];
    };
  };
}

type Amounts = Record<string, string | number>;

interface Custom {
  name: string;
  query: string;
  minRequests?: number;
  window?: string;
  min?: string;
  max?: string;
}

/** What no schema can express: values that are valid one by one and wrong together, or probably unintended. */
const CHECKS = [release, resources, serving, timing, keeping, gates, guardrails, custom];

export function semanticFindings(model: DefaultedModel): Finding[] {
  return CHECKS.flatMap((check) => check(model));
}

const advice = (path: Finding['path'], message: string): Finding => ({ path, message, isAdvice: true });
const wrong = (path: Finding['path'], message: string): Finding => ({ path, message });

function release({ spec: { release } }: DefaultedModel): Finding[] {
  if (!/^sha256:(.)\1{63}$/.test(release.digest)) return [];
  return [advice(['spec', 'release', 'digest'], 'is a placeholder: set the digest that "recommender bundle pack" prints')];
}

function resources({ spec: { serving: { resources: { requests = {}, limits = {} } } } }: DefaultedModel): Finding[] {
  const path = ['spec', 'serving', 'resources'];
  const above = (name: string, amountOf: (text: string | number) => number | undefined) => {
    const [asked, most] = [amountOf(requests[name] ?? ''), amountOf(limits[name] ?? '')];
    return asked !== undefined && most !== undefined && asked > most
      ? [wrong([...path, 'requests', name], `${requests[name] ?? ''} is above the limit of ${limits[name] ?? ''}: no pod could be created`)]
      : [];
  };
  return [...above('memory', wholeOf), ...above('cpu', coresOf)];
}

/** Also for "250m", which is not a whole number of cores. */
function coresOf(amount: string | number): number | undefined {
  const [, digits, milli] = /^(\d+(?:\.\d+)?)(m?)$/.exec(String(amount)) ?? [];
  return digits === undefined ? undefined : Number(digits) / (milli === 'm' ? 1000 : 1);
}

function serving({ spec: { serving: { replicas } } }: DefaultedModel): Finding[] {
  if (replicas.min > 1) return [];
  return [advice(['spec', 'serving', 'replicas', 'min'], 'with a single pod, requests fail while it is replaced or its node is down')];
}

function timing({ spec: { analysis, delivery } }: DefaultedModel): Finding[] {
  const [interval = 0, window = 0] = [durationMs(analysis.interval), durationMs(analysis.window)];
  const unmeasured = `${analysis.window} is shorter than the interval of ${analysis.interval}: requests in between are never measured`;
  return [
    ...(interval > 0 ? [] : [wrong(['spec', 'analysis', 'interval'], 'must be greater than 0')]),
    ...(window >= interval ? [] : [advice(['spec', 'analysis', 'window'], unmeasured)]),
    ...holds(delivery).flatMap(({ path, hold }) => ((durationMs(hold) ?? 0) >= interval ? [] : [
      advice(['spec', 'delivery', ...path], `${hold} is shorter than the measurement interval (analysis.interval: ${analysis.interval})`),
    ])),
  ];
}

/** The times before a gate is checked, for the chosen strategy: a shadow is followed by the steps of a canary. */
function holds({ strategy, canary, blueGreen, shadow }: DefaultedModel['spec']['delivery']): { path: Finding['path']; hold: string }[] {
  if (strategy === 'BlueGreen') return [{ path: ['blueGreen', 'validateFor'], hold: blueGreen.validateFor }];
  const steps = canary.steps.map(({ hold }, index) => ({ path: ['canary', 'steps', index, 'hold'], hold }));
  return strategy === 'Shadow' ? [{ path: ['shadow', 'holdFor'], hold: shadow.holdFor }, ...steps] : steps;
}

/** Without a router nothing keeps users away from the replaced pods, so the operator cannot keep them. */
function keeping({ spec: { delivery: { router, blueGreen, after: { keepPrevious = '0s' } } } }: DefaultedModel): Finding[] {
  const path = ['spec', 'delivery'];
  const old = blueGreen.keepPrevious;
  const message = `${keepPrevious} has no effect with the router None: the pods of the previous champion are removed at once`;
  return [
    ...(router.type !== 'None' || durationMs(keepPrevious) === 0 ? [] : [advice([...path, 'after', 'keepPrevious'], message)]),
    ...(old === undefined ? [] : [
      advice([...path, 'blueGreen', 'keepPrevious'], `is deprecated: set spec.delivery.after.keepPrevious to ${old} instead`),
    ]),
  ];
}

function gates({ metadata, spec: { delivery: { requires = [], freeze = [] } } }: DefaultedModel): Finding[] {
  const path = ['spec', 'delivery'];
  return [
    ...requires.flatMap(({ namespace, name }, index) => ((namespace ?? metadata.namespace) === metadata.namespace && name === metadata.name
      ? [wrong([...path, 'requires', index, 'name'], 'refers to this model itself: it would wait forever')]
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

function guardrails({ spec: { analysis: { guardrails } } }: DefaultedModel): Finding[] {
  const [mean = 0, p99 = 0] = [durationMs(guardrails.averageLatency), durationMs(guardrails.p99Latency)];
  const path = ['spec', 'analysis', 'guardrails', 'p99Latency'];
  if (p99 >= mean) return [];
  return [advice(path, `${guardrails.p99Latency} is below averageLatency ${guardrails.averageLatency}, which can then hardly ever decide`)];
}

function custom({ spec: { analysis, serving: { feedback } } }: DefaultedModel): Finding[] {
  return analysis.custom.flatMap((each, index) => {
    const { query, min, max } = each;
    const path = ['spec', 'analysis', 'custom', index];
    return [
      ...(query.includes('{{args.version}}') ? [] : [
        advice([...path, 'query'], 'does not use {{args.version}}: it measures the champion together with the candidate'),
      ]),
      ...misasked(query).map((message) => wrong([...path, 'query'], message)),
      ...undeclared(query, feedback?.events ?? []).map((message) => advice([...path, 'query'], message)),
      ...lookedBack(each, analysis.window).map((message) => advice([...path, 'window'], message)),
      ...(min !== undefined && max !== undefined && Number(min) > Number(max) ? [
        wrong([...path, 'min'], `${min} is above max ${max}: no value can pass`),
      ] : []),
    ];
  });
}

const ARGS = ['namespace', 'model', 'version', 'since'];

/** What could never be measured. */
function misasked(query: string): string[] {
  const unknown = [...query.matchAll(/\{\{\s*args\.([\w-]*)/g)].map(([, name = '']) => name).filter((name) => !ARGS.includes(name));
  return [
    ...unknown.map((name) => `uses {{args.${name}}}, which is not among the arguments: ${ARGS.join(', ')}`),
    ...(/\]\s*$/.test(query) ? ['yields a range of values, which cannot be compared with a limit: wrap it in a function such as increase()'] : []),
  ];
}

/** A counter that begins with the first event has no value before it, and hides that event. */
function undeclared(query: string, events: readonly string[]): string[] {
  const counted = query.includes(METRICS.feedback.name) ? [...query.matchAll(/\bevent="([^"]+)"/g)].map(([, event = '']) => event) : [];
  const missing = [...new Set(counted)].filter((event) => !events.includes(event));
  const why = 'without it a version that has none yields no value at all, and the first one of each pod is not counted';
  return missing.map((event) => `counts ${event}, which is not in spec.serving.feedback.events: ${why}`);
}

/** Requests that are counted over another time than the value say little about it. */
function lookedBack({ query, minRequests, window }: Custom, usual: string): string[] {
  const ranges = [...new Set([...query.matchAll(/\[(\w+)\]/g)].map(([, range = '']) => range))];
  const [range] = ranges;
  const counted = window ?? usual;
  if (minRequests === 0 || ranges.length !== 1 || range === undefined || durationMs(range) === durationMs(counted)) return [];
  return [`the query looks back ${range}, but requests are counted over ${counted}: set window to ${range}`];
}
