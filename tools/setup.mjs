// node tools/setup.mjs TASK [ARGS…]: brings what the task needs to this machine, then runs it under the pinned Node.
// Plain JavaScript without dependencies, because it runs before there is anything else.
import { runTask } from './setup/tasks.mjs';
import { SetupFailure } from './setup/failure.mjs';

try {
  const [name, ...args] = process.argv.slice(2);
  process.exitCode = await runTask(name, args);
} catch (error) {
  const expected = error instanceof SetupFailure;
  if (process.env.DEBUG) console.error(error);
  else console.error(`Error: ${error.message}${expected ? '' : ' (DEBUG=1 shows where this comes from)'}`);
  process.exitCode = 1;
}
