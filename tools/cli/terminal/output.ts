import { type Command, InvalidArgumentError } from 'commander';
import { stringify } from 'yaml';

/** `table` is what people read, whatever form that has. */
export type Output = 'table' | 'json' | 'yaml';

export interface Shown {
  output?: Output;
}

/** Gives a command the option `-o`. */
export function showing(command: Command): Command {
  return command.option('-o, --output <format>', 'table, json or yaml', outputFormat);
}

function outputFormat(text: string): Output {
  if (text === 'table' || text === 'json' || text === 'yaml') return text;
  throw new InvalidArgumentError('It is table, json or yaml.');
}

export const isForPrograms = (output: Output | undefined): output is 'json' | 'yaml' => output === 'json' || output === 'yaml';

/** Prints a value for programs, or what people read of it. */
export async function show(output: Output | undefined, value: unknown, text: () => string | Promise<string>): Promise<void> {
  console.log(isForPrograms(output) ? printed(value, output) : await text());
}

/** For programs: the objects as the cluster has them, without the record of who set which field. */
export function printed(value: unknown, output: 'json' | 'yaml'): string {
  const plain = JSON.parse(JSON.stringify(value, (key, each: unknown) => (key === 'managedFields' ? undefined : each))) as unknown;
  return output === 'json' ? JSON.stringify(plain, undefined, 2) : stringify(plain, { lineWidth: 0 }).trimEnd();
}
