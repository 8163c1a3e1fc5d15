/** Init container: brings the verified bundle into the pod, or says in the termination message why it cannot. */
import { finish, reportOf } from '../bundle/report.ts';
import { readFetchConfig, terminationLogPath } from '../config/read.ts';
import { EXIT } from '../contract/env.ts';
import { log } from '../telemetry/log.ts';
import { fetchBundle } from './fetch.ts';

async function run(): Promise<number> {
  const started = performance.now();
  try {
    const manifest = await fetchBundle(readFetchConfig());
    log('info', 'bundle fetched', {
      version: manifest.version,
      files: manifest.files.length,
      milliseconds: Math.round(performance.now() - started),
    });
    return EXIT.ok;
  } catch (error) {
    return finish(reportOf(error), terminationLogPath());
  }
}

// Kept-alive connections to the source would hold the process up for seconds.
process.exit(await run());
