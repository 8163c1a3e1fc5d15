import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { Generated } from './files.ts';

const read = (path: URL): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);

/** @returns a sentence for each file that is not what would be generated now */
export async function staleFiles(root: URL, files: readonly Generated[], command: string): Promise<string[]> {
  const sentences = [];
  for (const { path, text } of files) {
    const found = await read(new URL(path, root));
    if (found === undefined) sentences.push(`${path} is missing: run \`${command}\` and commit it.`);
    else if (found !== text) sentences.push(`${path} is stale: run \`${command}\` and commit it.`);
  }
  return sentences;
}

/** Writes what differs. @returns the paths written */
export async function writeFiles(root: URL, files: readonly Generated[]): Promise<string[]> {
  const written = [];
  for (const { path, text } of files) {
    const target = new URL(path, root);
    if ((await read(target)) === text) continue;
    await mkdir(new URL('./', target), { recursive: true });
    await writeFile(target, text);
    written.push(path);
  }
  return written;
}

/** The two ways a generator is called: `--check` exits with 1 when something is stale, else it writes. */
export async function syncFiles(root: URL, files: readonly Generated[], command: string): Promise<void> {
  if (process.argv.includes('--check')) {
    const stale = await staleFiles(root, files, command);
    for (const sentence of stale) console.error(sentence);
    process.exitCode = stale.length === 0 ? 0 : 1;
    if (stale.length === 0) console.log(`${files.length} generated files are up to date`);
    return;
  }
  const written = await writeFiles(root, files);
  console.log(written.length === 0 ? 'nothing to write' : `wrote ${written.join(', ')}`);
}
