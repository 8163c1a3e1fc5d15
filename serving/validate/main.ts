/** Validation Job: fetch, verify, load, replay the golden requests, measure; the report is the termination message. */
import { finish, reportOf } from '../bundle/report.ts';
import { metricsToReport, readFetchConfig, readLoadConfig, terminationLogPath } from '../config/read.ts';
import type { ValidationReport } from '../contract/report.ts';
import { fetchBundle } from '../fetch/fetch.ts';
import { tryBounded } from './bounded.ts';

async function validate(): Promise<ValidationReport> {
  try {
    const config = readFetchConfig();
    const load = readLoadConfig();
    await fetchBundle(config);
    return await tryBounded(config.dir, { load });
  } catch (error) {
    return reportOf(error);
  }
}

// Kept-alive connections to the source would hold the process up for seconds.
process.exit(await finish(await validate(), terminationLogPath(), metricsToReport()));
