/** The process in which a bundle is tried: `trial.ts DIR [measured]`, told and reporting over the channel to its parent. */
import type { ValidationReport } from '../contract/report.ts';
import { endNow } from '../end-now.ts';
import { tryBundle } from './try.ts';
import { underLoad } from './under-load.ts';

function leave(report: ValidationReport): void {
  process.send?.(report, undefined, undefined, () => endNow(0));
}

// Whoever asked has gone, and with it the limit of time: a graph that hangs would hang for ever.
process.once('disconnect', () => endNow(1));
const [, , dir = '', measured] = process.argv;
leave(await tryBundle(dir, leave, measured === undefined ? undefined : underLoad));
