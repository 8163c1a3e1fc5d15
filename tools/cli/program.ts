import { Command, CommanderError } from 'commander';
import { bundleCommand } from './bundle/commands.ts';
import { addClusterCommands } from './cluster/commands.ts';
import { explainError } from './explain-error.ts';
import { addFileCommands } from './lint/commands.ts';

/** Exit code for wrong arguments; `bundle` keeps 2 free, because its codes are those of the validation Job. */
const USAGE = 2;
const BUNDLE_USAGE = 1;

/** The whole command line, not yet parsed. */
export function createProgram(): Command {
  const program = new Command('recommender')
    .description('Prepare models for the recommender operator, and follow and control their releases.')
    .showHelpAfterError('(run with --help for usage)')
    .configureOutput({ writeOut: (text) => console.log(withoutEnd(text)), writeErr: (text) => console.error(withoutEnd(text)) })
    .exitOverride();
  addClusterCommands(program);
  addFileCommands(program);
  program.addCommand(bundleCommand());
  inheritSettings(program);
  return program;
}

const withoutEnd = (text: string) => text.replace(/\n$/, '');

/** Commands that were created elsewhere do not inherit by themselves. */
function inheritSettings(parent: Command): void {
  for (const command of parent.commands) inheritSettings(command.copyInheritedSettings(parent));
}

/** @param args without node and script */
export const isBundle = (args: readonly string[]): boolean => args.find((word) => !word.startsWith('-') && word !== 'help') === 'bundle';

/**
 * Runs one command. Results go to standard output, progress and errors to standard error.
 * @returns the exit code; a command sets its own as process.exitCode
 */
export async function run(args: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : isBundle(args) ? BUNDLE_USAGE : USAGE;
    if (process.env['DEBUG']) console.error(error);
    const { message, exitCode } = explainError(error);
    console.error(`Error: ${message}`);
    return exitCode;
  }
}
