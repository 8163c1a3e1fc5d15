/** The settings of the serving image: the only place that reads the environment. */
import { fetchConfigOf } from './config/fetch.ts';
import type { FetchConfig } from './config/fetch.ts';
import { loadConfigOf } from './config/load.ts';
import type { LoadConfig } from './config/load.ts';
import { serveConfigOf } from './config/serve.ts';
import type { ServeConfig } from './config/serve.ts';
import { ENV } from './contract/env.ts';

export { ConfigError } from './config/fields.ts';
export type { FetchConfig, S3Config } from './config/fetch.ts';
export type { LoadConfig } from './config/load.ts';
export type { AuthConfig, ProtectionConfig, RateLimitConfig } from './config/protection.ts';
export type { CacheConfig, ServeConfig, TracesConfig } from './config/serve.ts';
export type { TrafficConfig } from './config/traffic.ts';

/** @throws ConfigError naming every faulty variable. */
export function readFetchConfig(env: NodeJS.ProcessEnv = process.env): FetchConfig {
  return fetchConfigOf(env);
}

/** Undefined where nothing is to be measured. @throws ConfigError naming every faulty variable. */
export function readLoadConfig(env: NodeJS.ProcessEnv = process.env): LoadConfig | undefined {
  return loadConfigOf(env);
}

/** @throws ConfigError naming every faulty variable. */
export function readServeConfig(env: NodeJS.ProcessEnv = process.env): ServeConfig {
  return serveConfigOf(env);
}

/** Names of the metrics that a report must have room for; none where that cannot be read, which costs no validation. */
export function metricsToReport(env: NodeJS.ProcessEnv = process.env): string[] {
  try {
    const names: unknown = JSON.parse(env[ENV.acceptedMetrics] ?? '[]');
    return Array.isArray(names) ? names.filter((each) => typeof each === 'string') : [];
  } catch {
    return [];
  }
}

/** Where the commands leave their report even when the rest of their settings is faulty. */
export function terminationLogPath(env: NodeJS.ProcessEnv = process.env): string {
  return env['TERMINATION_LOG'] ?? '/dev/termination-log';
}
