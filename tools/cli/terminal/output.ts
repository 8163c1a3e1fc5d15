import { type Command, InvalidArgumentError } from 'commander';
import { stringify } from 'yaml';

/** `table` is the form for people, whatever it looks like. */
export type Output = 'table' | 'json' | 'yaml';

export interface OutputOptions {
  output?: Output;
}

/** Gives a command the option `-o`. */
export function withOutput(command: Command): Command {
  return command.option('-o, --output <format>', 'table, json or yaml', outputFormat);
}

function outputFormat(text: string): Output {
  if (text === 'table' || text === 'json' || text === 'yaml') return text;
  throw new InvalidArgumentError('Expected table, json or yaml.');
}

export const isForPrograms = (output: Output | undefined): output is 'json' | 'yaml' => output === 'json' || output === 'yaml';

/** Prints a value for programs, or its text for people. */
export async function show(output: Output | undefined, value: unknown, text: () => string | Promise<string>): Promise<void> {
  console.log(isForPrograms(output) ? formatted(value, output) : await text());
}

/** For programs: the objects as the cluster has them, without managedFields. */
export function formatted(value: unknown, output: 'json' | 'yaml'): string {
  const plain = JSON.parse(JSON.stringify(value, (key, each: unknown) => (key === 'managedFields' ? undefined : each))) as unknown;
  return output === 'json' ? JSON.stringify(plain, undefined, 2) : stringify(plain, { lineWidth: 0 }).trimEnd();
}
