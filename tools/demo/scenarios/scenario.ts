import type { Cluster } from '../../testenv/cluster.ts';
import type { Environment } from '../../testenv/environment.ts';
import { QUICK } from '../../testenv/model.ts';
import type { Output } from '../output.ts';

/** What a scenario adds to the `spec` of the model. */
export interface ScenarioSpec {
  delivery?: Record<string, unknown>;
  analysis?: Record<string, unknown>;
}

/** What a scenario has to work with. */
export interface Context {
  cluster: Cluster;
  /** Applies the spec of the scenario with each version. */
  environment: Environment;
  output: Output;
  /** A section of the output; a failure in it names the commands that show more. */
  section: <T>(title: string, work: () => Promise<T>) => Promise<T>;
}

interface ScenarioResult {
  promoted: string;
  rejected: string;
  /** Why it was rejected, in a sentence. */
  reason: string;
  /** Figures of one strategy only. */
  [figure: string]: unknown;
}

/** What the last line says of a demo that succeeded. */
export type DemoResult = ScenarioResult & { requests: number; failedRequests: number };

/** Releases by one strategy, beginning when readers have come to the first version. */
export interface Scenario {
  /** What there will be to see. */
  introduction: string;
  spec: ScenarioSpec;
  /** The version that serves first. */
  first: string;
  /** Versions whose offline metrics are shown, the first among them. */
  trained: readonly string[];
  run: (context: Context) => Promise<ScenarioResult>;
}

/** The environment, with the spec of a scenario in whatever is applied. */
export function withSpec(environment: Environment, { delivery, analysis }: ScenarioSpec): Environment {
  const spec = { delivery: { ...QUICK.delivery, ...delivery }, analysis: { ...QUICK.analysis, ...analysis } };
  return { ...environment, apply: (version, more, metadata) => environment.apply(version, { ...spec, ...more }, metadata) };
}
