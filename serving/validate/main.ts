/** Validation Job: fetch, verify, load, replay the golden requests; the report is the termination message. */
import { fetchBundle } from '../bundle/fetch.ts';
import { finish, reportOf } from '../bundle/report.ts';
import { readFetchConfig, terminationLogPath } from '../config.ts';
import type { ValidationReport } from '../contract.ts';
import { tryBounded } from './bounded.ts';

async function validate(): Promise<ValidationReport> {
  try {
    const config = readFetchConfig();
    await fetchBundle(config);
    return await tryBounded(config.dir);
  } catch (error) {
    return reportOf(error);
  }
}

// Kept-alive connections to the source would hold the process up for seconds.
process.exit(await finish(await validate(), terminationLogPath()));
