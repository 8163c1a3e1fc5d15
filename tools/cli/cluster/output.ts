import { InvalidArgumentError } from 'commander';
import { stringify } from 'yaml';

export type Output = 'table' | 'json' | 'yaml';

export function outputFormat(text: string): Output {
  if (text === 'table' || text === 'json' || text === 'yaml') return text;
  throw new InvalidArgumentError('It is table, json or yaml.');
}

/** For programs: the objects as the cluster has them, without the record of who set which field. */
export function printed(value: unknown, output: 'json' | 'yaml'): string {
  const plain = JSON.parse(JSON.stringify(value, (key, each: unknown) => (key === 'managedFields' ? undefined : each))) as unknown;
  return output === 'json' ? JSON.stringify(plain, undefined, 2) : stringify(plain, { lineWidth: 0 }).trimEnd();
}
