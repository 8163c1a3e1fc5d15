import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

/** A new temporary folder; the caller removes it. */
export const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'cli-'));

/** Leaves in `folder` what a trainer does: the files of a bundle without the manifest and without golden requests. */
export async function copyTrained(from: string, folder: string): Promise<void> {
  await cp(from, folder, { recursive: true });
  for (const name of ['bundle.yaml', 'golden.jsonl']) await rm(join(folder, name));
}

/** The manifest of the bundle, or of the draft of one, in the folder. */
export const manifestIn = async (folder: string) => parse(await readFile(join(folder, 'bundle.yaml'), 'utf8')) as Record<string, unknown>;
