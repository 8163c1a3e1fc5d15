import { parseArgs } from 'node:util';
import { z } from 'zod';

/** Text of an environment variable or flag to a number within bounds. */
const number = (least: number, most: number, fallback: number) =>
  z.coerce.number({ error: 'must be a number' }).min(least).max(most).default(fallback);

const Settings = z.strictObject({
  TARGET: z.url({ protocol: /^https?$/, error: 'must be the http:// address of the served model, e.g. http://books.shop.svc:8080' }),
  RATE: number(0.1, 500, 30).describe('recommendations asked for per second, on average'),
  CONCURRENCY: number(1, 256, 32).describe('requests under way at most; arrivals beyond are skipped and counted'),
  DURATION: number(1, 7 * 86_400, 7 * 86_400).describe('seconds until it ends by itself; SIGTERM ends it any time'),
  USERS: number(1, 1500, 1500).describe('readers who take part; two more in a hundred are visitors the model does not know'),
  FRESH_SHARE: number(0, 1, 0.05).describe('share of requests on a connection of their own'),
  TIMEOUT_MS: number(1, 60_000, 5000).describe('an answer that takes longer is a failure'),
  RETRIES: number(0, 10, 0).describe('how often a call is sent again whose connection failed, after a pause that doubles from 100 ms'),
  SEED: number(0, 2 ** 31 - 1, 1).describe('of the choice of users and of their clicks'),
  STATS_PORT: number(0, 65_535, 8001).describe('GET /stats, POST /reset, GET /healthz'),
});
export type TrafficSettings = z.output<typeof Settings>;

const NAMES = Object.keys(Settings.shape) as (keyof TrafficSettings)[];
const flagOf = (name: string) => name.toLowerCase().replaceAll('_', '-');

/** The settings with their flags, variables and defaults, one a line. */
function describeSettings(): string {
  const rows = NAMES.map((name) => {
    const schema = Settings.shape[name];
    const fallback = schema instanceof z.ZodDefault ? ` (default ${String(schema.def.defaultValue)})` : '';
    return `  --${flagOf(name).padEnd(12)} ${name.padEnd(12)} ${schema.description ?? 'address of the served model'}${fallback}`;
  });
  return ['Settings of `traffic`, by flag or environment variable:', ...rows].join('\n');
}

/**
 * Flags win over the environment.
 * @throws Error with every fault, or with the list of settings for --help.
 */
export function readTrafficSettings(args: string[], env: Record<string, string | undefined>): TrafficSettings {
  const options = Object.fromEntries([...NAMES.map(flagOf), 'help'].map((flag) =>
    [flag, { type: flag === 'help' ? ('boolean' as const) : ('string' as const) }]));
  const { values } = parseArgs({ args, options });
  if (values.help) throw new Error(describeSettings());
  const given = NAMES.map((name) => [name, values[flagOf(name)] ?? env[name]] as const);
  const parsed = Settings.safeParse(Object.fromEntries(given.filter(([, text]) => text !== undefined && text !== '')));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`The traffic cannot start:\n${faults.join('\n')}`);
}
