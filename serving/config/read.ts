/** The settings of the serving image: the only place that reads the environment. */
import { ENV, TERMINATION_LOG } from '../contract/env.ts';
import { type FetchConfig, fetchConfigOf } from './fetch.ts';
import { type LoadConfig, loadConfigOf } from './load.ts';
import { type ServeConfig, serveConfigOf } from './serve.ts';

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
  return env[ENV.terminationLog] ?? TERMINATION_LOG;
}
