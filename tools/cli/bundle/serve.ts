import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseManifest } from '../../../serving/bundle/manifest.ts';
import { MANIFEST_NAME } from '../../../serving/bundle/paths.ts';
import { digestOf } from '../../../serving/bundle/seal.ts';
import { COMMANDS, ENV } from '../../../serving/contract/env.ts';
import { PATHS } from '../../../serving/contract/http.ts';
import { CliFailure } from '../terminal/failure.ts';
import { isFolder } from './folder.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Starts the serving process of a pod over the bundle in `dir` and waits for its end. Nobody forwards to it, and there are no
 * callers to tell apart.
 * @param port 1 to 65535
 * @returns exit code of the process
 * @throws CliFailure, BundleFailure
 */
export async function serve(dir: string, port: number, tell: (line: string) => void): Promise<number> {
  if (!isFolder(dir)) throw new CliFailure(`There is no folder ${dir}.`);
  const text = await readFile(join(dir, MANIFEST_NAME), 'utf8').catch(() => {
    throw new CliFailure(`${dir} holds no ${MANIFEST_NAME}: make a bundle of it first, with \`recommender bundle pack ${dir}\`.`);
  });
  const { model, version } = parseManifest(text);
  const env = {
    ...process.env,
    [ENV.modelNamespace]: 'local',
    [ENV.modelName]: model,
    [ENV.modelVersion]: version,
    [ENV.bundleDigest]: digestOf(text),
    [ENV.bundleDir]: dir,
    [ENV.port]: String(port),
    [ENV.drainMs]: '0',
  };
  tell(`${model} ${version}: POST http://127.0.0.1:${port}${PATHS.recommend}, described at http://127.0.0.1:${port}${PATHS.openapi}`);
  return ended([join(ROOT, COMMANDS.serve[0])], env);
}

/** Ctrl-C reaches the process as well; it is told to end in the way it knows from a cluster. */
function ended(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { env, stdio: 'inherit', detached: true });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill('SIGTERM'));
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']));
  });
}
