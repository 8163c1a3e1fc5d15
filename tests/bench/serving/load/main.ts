/** The load generator: a process of its own, on a core of its own. `node load/main.ts JOB` prints a LoadResult. */
import { runClosed } from './closed.ts';
import type { LoadJob } from './job.ts';
import { runOpen } from './open.ts';
import { createTally } from './tally.ts';

const job = JSON.parse(process.argv[2] ?? '') as LoadJob;
const tally = createTally(job);
if (job.rate === undefined) await runClosed(job, tally);
else await runOpen({ ...job, rate: job.rate }, tally);
process.stdout.write(`${JSON.stringify(tally.result())}\n`, () => process.exit(0));
