import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { faultWords } from '../common/fault-words.ts';
import { BundleFailure } from './failure.ts';
import { whyNotJson } from './json-words.ts';
import { decodeText } from './text.ts';

const TOO_LONG = new Set<unknown>(['ERR_FS_FILE_TOO_LARGE', 'ERR_STRING_TOO_LONG']);

/** @throws BundleFailure `FileMissing`, or `ContentInvalid` for one that is too large */
export async function readBytes(dir: string, name: string): Promise<Buffer> {
  try {
    return await readFile(join(dir, name));
  } catch (error) {
    throw tooLong(error, name) ?? new BundleFailure('FileMissing', `"${name}" cannot be read from the bundle directory.`, error);
  }
}

/** A file that holds one JSON value. @throws BundleFailure */
export async function readJson<T>(dir: string, name: string, schema: z.ZodType<T>): Promise<T> {
  return parseJson(schema, await readText(dir, name), name);
}

/** A file that holds one JSON value a line; empty lines are skipped. @throws BundleFailure */
export async function readRows<T>(dir: string, name: string, schema: z.ZodType<T>): Promise<T[]> {
  const lines = (await readText(dir, name)).split('\n');
  return lines.flatMap((line, index) => (line.trim() === '' ? [] : [parseJson(schema, line, `${name} line ${index + 1}`)]));
}

/** @param where the text is from, for messages @throws BundleFailure `ContentInvalid` */
export function parseJson<T>(schema: z.ZodType<T>, text: string, where: string): T {
  const parsed = schema.safeParse(valueOf(text, where), { error: faultWords });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path.length ? `: ${issue.path.join('.')}:` : '';
  throw new BundleFailure('ContentInvalid', `${where}${path} ${issue?.message}.`);
}

async function readText(dir: string, name: string): Promise<string> {
  const bytes = await readBytes(dir, name);
  try {
    return decodeText(bytes, name);
  } catch (error) {
    throw tooLong(error, name) ?? error;
  }
}

function tooLong(error: unknown, name: string): BundleFailure | undefined {
  if (!TOO_LONG.has((error as { code?: unknown }).code)) return undefined;
  return new BundleFailure('ContentInvalid', `"${name}" is larger than 512 MiB; leave out what the model does not need.`, error);
}

function valueOf(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BundleFailure('ContentInvalid', `${where} is not valid JSON: ${whyNotJson(text, error)}.`, error);
  }
}
