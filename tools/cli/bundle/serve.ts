import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseManifest } from '../../../serving/bundle/manifest.ts';
import { MANIFEST_NAME } from '../../../serving/bundle/paths.ts';
import { digestOf } from '../../../serving/bundle/seal.ts';
import { decodeText } from '../../../serving/bundle/text.ts';
import { ENV } from '../../../serving/contract/env.ts';
import { PATHS } from '../../../serving/contract/http.ts';
import { CliFailure } from '../terminal/failure.ts';
import { requireFolder } from './folder.ts';

const MAIN = fileURLToPath(new URL('../../../serving/main.ts', import.meta.url));

/**
 * Starts the serving process of a pod for the bundle in `dir` and waits for it to end. No requests are forwarded to it, and
 * callers are not distinguished.
 * @param port 1 to 65535
 * @returns exit code of the process
 * @throws CliFailure, BundleFailure
 */
export async function serve(dir: string, port: number, progress: (line: string) => void): Promise<number> {
  requireFolder(dir);
  const bytes = await readFile(join(dir, MANIFEST_NAME)).catch(() => {
    throw new CliFailure(`${dir} has no ${MANIFEST_NAME}: pack it first with \`npx recommender bundle pack ${dir}\`.`);
  });
  const { model, version } = parseManifest(decodeText(bytes, MANIFEST_NAME));
  const env = {
    ...process.env,
    [ENV.modelNamespace]: 'local',
    [ENV.modelName]: model,
    [ENV.modelVersion]: version,
    [ENV.bundleDigest]: digestOf(bytes),
    [ENV.bundleDir]: dir,
    [ENV.port]: String(port),
    [ENV.drainMs]: '0',
  };
  const origin = `http://127.0.0.1:${port}`;
  progress(`Serving ${model} ${version}: POST ${origin}${PATHS.recommend} (API: ${origin}${PATHS.openapi})`);
  return ended([MAIN], env);
}

/**
 * Ctrl-C does not reach the process, which is detached: it gets the signal it knows from a cluster, once, however often
 * this one is told to end. If this one is killed, the server notices by the end of the channel between them.
 */
function ended(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { env, stdio: ['inherit', 'inherit', 'inherit', 'ipc'], detached: true });
    let isTold = false;
    const end = () => {
      if (!isTold) child.kill('SIGTERM');
      isTold = true;
    };
    for (const event of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.on(event, end);
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']));
  });
}
