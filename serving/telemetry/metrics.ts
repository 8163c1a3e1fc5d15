import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { BASE_LABELS, LATENCY_BUCKETS, METRICS } from '../contract/metrics.ts';

type Table = typeof METRICS;
type NameOf<Type extends string> = { [Key in keyof Table]: Table[Key]['type'] extends Type ? Key : never }[keyof Table];
type BaseLabel = (typeof BASE_LABELS)[number];
type Labels<Key extends keyof Table> = Partial<Record<Table[Key]['labels'][number] | 'version', string>>;

/** The metrics of `contract.ts`; `version` in the labels is this pod's unless another is given. */
export interface Metrics {
  /** Adds `by` (default 1; 0 only makes the series appear). */
  count<Key extends NameOf<'counter'>>(key: Key, labels?: Labels<Key>, by?: number): void;
  /** @param value in the unit of the metric's name: seconds, or a number of things */
  observe<Key extends NameOf<'histogram'>>(key: Key, value: number, labels?: Labels<Key>): void;
  set<Key extends NameOf<'gauge'>>(key: Key, value: number, labels?: Labels<Key>): void;
  /** Drops every series of a gauge. */
  forget(key: NameOf<'gauge'>): void;
  /** Measures the process too from now on: CPU, memory, handles, garbage collection, under prom-client's names. */
  watchProcess(): void;
  /** Exposition text and its content type. */
  text(): Promise<string>;
  contentType: string;
}

export function createMetrics(base: Record<BaseLabel, string>): Metrics {
  const registry = new Registry();
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  for (const [key, row] of Object.entries(METRICS)) {
    const { name, help, type, labels } = row;
    const options = { name, help, labelNames: [...BASE_LABELS, ...labels], registers: [registry] };
    if (type === 'counter') counters.set(key, new Counter(options));
    if (type === 'gauge') gauges.set(key, new Gauge(options));
    const buckets = 'buckets' in row ? row.buckets : LATENCY_BUCKETS;
    if (type === 'histogram') histograms.set(key, new Histogram({ ...options, buckets: [...buckets] }));
  }
  return {
    count: (key, labels, by = 1) => counters.get(key)?.inc({ ...base, ...labels }, by),
    observe: (key, value, labels) => histograms.get(key)?.observe({ ...base, ...labels }, value),
    set: (key, value, labels) => gauges.get(key)?.set({ ...base, ...labels }, value),
    forget: (key) => gauges.get(key)?.reset(),
    watchProcess() {
      collectDefaultMetrics({ register: registry, labels: base });
      // Its label `version` would be the model's and not Node's.
      registry.removeSingleMetric('nodejs_version_info');
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
