import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { BundleFailure } from './failure.ts';
import { type BundleFile, BundleManifest, type UnsealedManifest } from './manifest.ts';
import { MANIFEST_NAME } from './paths.ts';

/**
 * Turns a directory into a bundle: lists every file below `dir` with size and sha256 in bundle.yaml, and returns the
 * bundle's digest, `sha256:…` of bundle.yaml. The same files and manifest give the same digest on every machine.
 * @param only the files to list, below `dir`; absent = all
 * @throws BundleFailure `ManifestInvalid` for a link, a name that is not plain or a manifest that breaks the schema.
 */
export async function sealBundle(dir: string, manifest: UnsealedManifest, only?: readonly string[]): Promise<string> {
  const paths = (await filesBelow(dir)).filter((path) => only?.includes(path) ?? true);
  const files: BundleFile[] = [];
  for (const path of paths) files.push({ path, ...(await measureFile(join(dir, path))) });
  const text = stringify(checkedManifest(manifest, files), { lineWidth: 0, aliasDuplicateObjects: false });
  await writeFile(join(dir, MANIFEST_NAME), text);
  return digestOf(text);
}

/** `sha256:` and the hexadecimal digest of `content`. */
export function digestOf(content: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

function checkedManifest(manifest: UnsealedManifest, files: BundleFile[]): BundleManifest {
  // Parsing first drops nothing (the schema is strict) and puts the fields in the schema's order.
  const parsed = BundleManifest.safeParse({ ...manifest, files });
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'document'}: ${issue.message}`);
  throw new BundleFailure('ManifestInvalid', `The bundle cannot be sealed: ${faults.join('; ')}.`);
}

async function filesBelow(dir: string, prefix = ''): Promise<string[]> {
  const entries = await readdir(join(dir, prefix), { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    const path = prefix + entry.name;
    if (entry.isDirectory()) found.push(...(await filesBelow(dir, `${path}/`)));
    else if (!entry.isFile()) throw new BundleFailure('ManifestInvalid', `"${path}" is not a regular file.`);
    else if (path !== MANIFEST_NAME) found.push(path);
  }
  return found.sort();
}

async function measureFile(file: string): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of createReadStream(file)) {
    size += (chunk as Buffer).length;
    hash.update(chunk as Buffer);
  }
  return { size, sha256: hash.digest('hex') };
}
