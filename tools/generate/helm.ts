import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { binaryPath } from '../setup/binaries.mjs';

/** A Kubernetes object as a chart or a kustomization renders it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  [field: string]: unknown;
}

/** Name and namespace of the release that manifests/base shows. */
export const RELEASE = { name: 'recommender-operator', namespace: 'recommender-system' } as const;

const run = promisify(execFile);
const chart = fileURLToPath(new URL('../../charts/recommender-operator', import.meta.url));

/**
 * What `helm template` renders with default values, but for `settings` (`--set` pairs).
 * @throws a sentence if Helm is not installed, or Helm's own message
 */
export async function renderChart(...settings: string[]): Promise<Manifest[]> {
  const sets = settings.flatMap((pair) => ['--set', pair]);
  const { stdout } = await helm('template', RELEASE.name, chart, '--namespace', RELEASE.namespace, ...sets);
  return manifestsIn(stdout);
}

/** Runs the Helm of the set-up's cache, else the one on the PATH. */
export async function helm(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const built = binaryPath('helm');
  try {
    return await run(existsSync(built) ? built : 'helm', args, { maxBuffer: 16 << 20 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error('Helm is not installed: `node tools/setup.mjs helm version` builds it.', { cause: error });
  }
}

/** @param text YAML documents; empty ones are left out */
export function manifestsIn(text: string): Manifest[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}
