import { z } from 'zod';

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Settings that cannot be used; the message lists every fault, one sentence each. */
export class ConfigError extends Error {}

/** An environment variable that must be there. @param what it stands for, for the message */
export const required = (what: string) => z.string({ error: `is required: ${what}` }).min(1, { error: `is empty: ${what}` });

/** A whole number written in decimal digits, within bounds. */
export const wholeNumber = (fallback: number, min: number, max: number) =>
  z.string().regex(/^\d+$/, { error: 'must be an integer' }).default(String(fallback)).transform(Number).pipe(
    z.number().min(min, { error: `must be at least ${min}` }).max(max, { error: `must be at most ${max}` }),
  );

/** A share between 0 and 1, e.g. `0.05`. */
export const share = (fallback: number) =>
  z.string().regex(/^(0(\.\d+)?|1(\.0+)?)$/, { error: 'must be a number from 0 to 1' }).default(String(fallback)).transform(Number);

/** Entries separated by commas, without the blanks around them; empty = none. */
export const list = z
  .string()
  .default('')
  .transform((text) => text.split(',').map((entry) => entry.trim()).filter((entry) => entry !== ''));

/** Text that may be absent; empty = absent. */
export const optional = z.string().optional().transform((text) => (text === '' ? undefined : text));

export const httpUrl = optional.pipe(z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' }).optional());

export const digest = required('sha256:… of bundle.yaml').regex(DIGEST, { error: 'must be sha256: followed by 64 hexadecimal digits' });

/** @throws ConfigError naming every faulty variable. */
export function parseEnv<T>(schema: z.ZodType<T>, env: NodeJS.ProcessEnv): T {
  const parsed = schema.safeParse(env);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
  throw new ConfigError(`Invalid settings: ${faults.join('; ')}.`);
}
