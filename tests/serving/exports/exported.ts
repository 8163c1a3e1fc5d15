import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'yaml';

import { startServing } from '../../../serving/testing/serving-process.ts';
import type { ServingProcess } from '../../../serving/testing/serving-process.ts';
import { runPython } from '../python.ts';

const EXAMPLES = fileURLToPath(new URL('../../../examples/bring-your-own/', import.meta.url));
const RECOMMENDER = fileURLToPath(new URL('../../../tools/cli/recommender.mjs', import.meta.url));
const PYTORCH = fileURLToPath(new URL('./pytorch/', import.meta.url));

/** A request and what the trained model answered in Python. */
export interface Known {
  request: Record<string, unknown>;
  response: { items?: { id: string; score: number }[]; classes?: { label: string; probability: number }[] };
}

type Answer = Known['response'] & Record<string, unknown>;

/** A bundle of what a trainer wrote. */
export interface Exported {
  dir: string;
  digest: string;
  version: string;
  model: string;
  known: Known[];
}

const made: string[] = [];

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'exported-'));
  made.push(folder);
  return folder;
}

export async function removeFolders(): Promise<void> {
  for (const folder of made.splice(0)) await rm(folder, { recursive: true, force: true });
}

/**
 * Trains and exports by a program of examples/bring-your-own.
 * @param change Python that gets the graph as `model`, an onnx.ModelProto, and may alter it
 */
export async function exported(program: string, args: readonly string[] = [], change?: string): Promise<Exported> {
  const folder = await newFolder();
  await runPython({ file: join(EXAMPLES, program) }, [folder, ...args]);
  if (change !== undefined) await changeGraph(join(folder, 'model.onnx'), change);
  return packed(folder);
}

/** The same by a program that imports the modules of a folder of examples and does something else; `folder` is where to write. */
export async function exportedBy(place: string, lines: readonly string[]): Promise<Exported> {
  const folder = await newFolder();
  const imports = ['import sys', 'from functools import partial', 'folder, place = sys.argv[1:]', 'sys.path.append(place)'];
  await runPython({ code: [...imports, ...lines].join('\n') }, [folder, join(EXAMPLES, place)]);
  return packed(folder);
}

/** The same of a graph that PyTorch wrote earlier. */
export async function exportedByPyTorch(exporter: 'classic' | 'dynamo'): Promise<Exported> {
  const folder = await newFolder();
  await cp(PYTORCH, folder, { recursive: true, filter: (path) => !/(README\.md|\.onnx)$/.test(path) || path.endsWith(`${exporter}.onnx`) });
  await rename(join(folder, `${exporter}.onnx`), join(folder, 'model.onnx'));
  return packed(folder);
}

async function changeGraph(file: string, change: string): Promise<void> {
  const lines = ['import sys, onnx', 'model = onnx.load(sys.argv[1])', change, 'onnx.checker.check_model(model)', 'onnx.save(model, sys.argv[1])'];
  await runPython({ code: lines.join('\n') }, [file]);
}

/** Packs by the command line, as a user does. @throws Error with what it printed when it refuses */
async function packed(dir: string): Promise<Exported> {
  const golden = await readFile(join(dir, 'golden.jsonl'), 'utf8');
  const known = golden.trim().split('\n').map((line) => JSON.parse(line) as Known);
  const { stdout } = await promisify(execFile)(process.execPath, [RECOMMENDER, 'bundle', 'pack', dir, '--json']);
  const { version, digest } = JSON.parse(stdout) as { version: string; digest: string };
  const { model } = parse(await readFile(join(dir, 'bundle.yaml'), 'utf8')) as { model: string };
  return { dir, digest, version, model, known };
}

/** Serves a bundle in a process of its own, ready. */
export async function serve(bundle: Exported): Promise<ServingProcess> {
  const serving = await startServing(bundle, { MODEL_NAME: bundle.model });
  try {
    await serving.ready();
    return serving;
  } catch (error) {
    await serving.kill();
    throw error;
  }
}

export async function recommend(serving: ServingProcess, request: object): Promise<Answer> {
  const response = await fetch(`${serving.origin}/recommend`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  return (await response.json()) as Answer;
}
