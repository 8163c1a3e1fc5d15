/** The process in which a bundle is tried: `trial.ts DIR`, told and reporting over the channel to its parent. */
import { endNow } from '../end-now.ts';
import type { ValidationReport } from '../contract.ts';
import { tryBundle } from './try.ts';

function leave(report: ValidationReport): void {
  process.send?.(report, undefined, undefined, () => endNow(0));
}

leave(await tryBundle(process.argv[2] ?? '', leave));
