import type { ServeConfig } from '../config/serve.ts';
import type { Traces } from './traces.ts';

/** Where no traces are wanted, nothing of OpenTelemetry is loaded. */
export async function startTraces(config: ServeConfig): Promise<Traces | undefined> {
  if (config.traces === undefined) return undefined;
  const { createTraces } = await import('./open-telemetry.ts');
  return createTraces(config, config.traces);
}
