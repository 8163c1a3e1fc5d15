/** The command line: `npx recommender …`. Results go to standard output, progress and faults to standard error. */
import { Command } from 'commander';

import { BundleFailure } from '../../serving/bundle/failure.ts';
import { EXIT } from '../../serving/contract.ts';
import { endNow } from '../../serving/end-now.ts';
import { InferenceTimedOut, UnusableGraph } from '../../serving/scoring/failures.ts';
import { bundleCommand } from './bundle.ts';
import { CliFailure } from './failure.ts';

/** A sentence for what the user can mend; anything else says how to tell the makers. */
function explained(error: unknown): { message: string; exitCode: number } {
  if (error instanceof CliFailure) return error;
  if (error instanceof BundleFailure) return { message: error.message, exitCode: error.result === 'Invalid' ? EXIT.invalid : EXIT.unavailable };
  if (error instanceof UnusableGraph) return { message: error.message, exitCode: EXIT.invalid };
  if (error instanceof InferenceTimedOut) return { message: `The model took too long: ${error.message}`, exitCode: EXIT.unavailable };
  const message = error instanceof Error ? error.message : String(error);
  return { message: `${message} (DEBUG=1 shows where this comes from)`, exitCode: EXIT.unavailable };
}

/** Commands that were made elsewhere do not do so by themselves. */
function inheritSettings(parent: Command): void {
  for (const command of parent.commands) inheritSettings(command.copyInheritedSettings(parent));
}

const program = new Command('recommender')
  .description('Prepares and checks what the recommender operator serves.')
  .showHelpAfterError('(--help shows how it is used)')
  .addCommand(bundleCommand());
inheritSettings(program);

try {
  await program.parseAsync();
} catch (error) {
  if (process.env['DEBUG']) console.error(error);
  const { message, exitCode } = explained(error);
  console.error(`Error: ${message}`);
  process.exitCode = exitCode;
}
// An idle inference worker or a kept-alive connection would hold the process up.
await new Promise<void>((done) => process.stdout.write('', () => done()));
endNow(Number(process.exitCode ?? 0));
