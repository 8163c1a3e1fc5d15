import { z } from 'zod';
import { ENV } from '../contract/env.ts';
import { parseEnv, wholeNumber } from './fields.ts';

const LoadEnv = z.object({
  [ENV.loadPerSecond]: wholeNumber(0, 0, 2_000),
  [ENV.loadMs]: wholeNumber(3_000, 1, 60_000),
});

/** The load that the validation Job gives the model. */
export interface LoadConfig {
  requestsPerSecond: number;
  durationMs: number;
}

/** Undefined where there is to be none. @throws ConfigError naming every faulty variable. */
export function loadConfigOf(env: NodeJS.ProcessEnv): LoadConfig | undefined {
  const { [ENV.loadPerSecond]: requestsPerSecond, [ENV.loadMs]: durationMs } = parseEnv(LoadEnv, env);
  return requestsPerSecond === 0 ? undefined : Object.freeze({ requestsPerSecond, durationMs });
}
