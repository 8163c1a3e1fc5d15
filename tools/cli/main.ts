/** The command line: `npx recommender …` and `kubectl recommender …`. Results go to standard output, progress and faults to standard error. */
import { Command, CommanderError } from 'commander';
import { addClusterCommands } from './cluster/commands.ts';
import { explained } from './explained.ts';
import { addFileCommands } from './lint/commands.ts';

/** What a wrong command line ends with. */
const USAGE = 2;

const BUNDLES = 'Bundles: a model and all that is needed to serve it, in one folder pinned by one digest.';

/** Bundles need the runtime of models, which takes long to load: only who asks for them waits for it. */
async function bundles(asked: boolean): Promise<Command> {
  return asked ? (await import('./bundle/commands.ts')).bundleCommand() : new Command('bundle').description(BUNDLES);
}

/** Commands that were made elsewhere do not do so by themselves. */
function inheritSettings(parent: Command): void {
  for (const command of parent.commands) inheritSettings(command.copyInheritedSettings(parent));
}

const isBundle = process.argv.slice(2).find((word) => !word.startsWith('-') && word !== 'help') === 'bundle';
const program = new Command('recommender')
  .description('Prepares what the recommender operator serves, and follows and steers its releases.')
  .showHelpAfterError('(--help shows how it is used)');
addClusterCommands(program);
addFileCommands(program);
program.addCommand(await bundles(isBundle));
inheritSettings(program);
if (!isBundle) for (const command of [program, ...program.commands]) command.exitOverride().showHelpAfterError('(--help shows how it is used)');

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : USAGE;
  } else {
    if (process.env['DEBUG']) console.error(error);
    const { message, exitCode } = explained(error);
    console.error(`Error: ${message}`);
    process.exitCode = exitCode;
  }
}
await new Promise<void>((done) => process.stdout.write('', () => done()));
const exitCode = Number(process.exitCode ?? 0);
// An idle inference worker or a kept-alive connection would hold the process up.
if (isBundle) (await import('../../serving/end-now.ts')).endNow(exitCode);
process.exit(exitCode);
