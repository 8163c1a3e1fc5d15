// Checks the options of the demo before the set-up begins, which takes long.
import { parseOptions, UsageError } from './args.ts';

try {
  parseOptions(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
