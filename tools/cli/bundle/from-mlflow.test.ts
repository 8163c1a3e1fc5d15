import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { removeTinyBundles, tinyBundle } from '../../../serving/testing/tiny-bundle.ts';
import { tinyModel } from '../../../serving/testing/tiny-model.ts';
import { withExternalWeights } from '../testing/external-weights.ts';
import { runHere } from '../testing/run-here.ts';
import { manifestIn, newFolder } from '../testing/trained.ts';

let dir: string;
beforeEach(async () => {
  dir = await newFolder();
});
afterEach(() => rm(dir, { recursive: true }));
afterAll(removeTinyBundles);

const ONNX_FLAVOR = { onnx: { data: 'model.onnx', onnx_version: '1.16.1', code: null } };
const RUN = '4f1cb2f0a7d54f0e9d8ea2b2a5a51b0d';
const INPUTS = '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}, "name": "user"}]';

/** A folder as mlflow.onnx.save_model leaves it. */
async function mlflowModel(model: Uint8Array, flavors: Record<string, unknown> = ONNX_FLAVOR): Promise<string> {
  const folder = join(dir, 'mlflow');
  await mkdir(folder);
  await writeFile(join(folder, 'model.onnx'), model);
  const mlModel = {
    artifact_path: 'model',
    flavors,
    mlflow_version: '2.22.0',
    model_size_bytes: model.length,
    model_uuid: '7c1dd2fe0d1b4c7b8cf5b7a5a2a3a4b5',
    run_id: RUN,
    signature: { inputs: INPUTS, params: null },
    utc_time_created: '2026-02-02 06:00:00.123456',
  };
  await writeFile(join(folder, 'MLmodel'), stringify(mlModel));
  return folder;
}

async function copyFiles(to: string, ...names: string[]): Promise<void> {
  const bundle = await tinyBundle();
  await mkdir(to, { recursive: true });
  for (const name of names) await cp(join(bundle.dir, name), join(to, name));
}

describe('bundle from-mlflow', () => {
  const fromMlflow = (folder: string) =>
    runHere('bundle', 'from-mlflow', folder, '--out', join(dir, 'out'), '--model', 'books', '--version', '2.0.0', '--task', 'user-to-items');
  const pack = () => runHere('bundle', 'pack', join(dir, 'out'));

  it('writes a draft that pack completes, and says what is missing', async () => {
    const { code, stdout } = await fromMlflow(await mlflowModel(tinyModel()));
    const missing = /- add .*users\.json: .*- add .*items\.jsonl: .*Then run: npx recommender bundle pack/s;
    expect([code, stdout]).toEqual([0, expect.stringMatching(missing)]);
    expect(await manifestIn(join(dir, 'out'))).toMatchObject({
      model: 'books',
      inputs: [{ name: 'user', vocabulary: 'users.json' }],
      outputs: { items: 'items' },
      lineage: { trainedAt: '2026-02-02T06:00:00.123Z', parameters: { mlflow: { run_id: RUN } } },
    });
    await copyFiles(join(dir, 'out'), 'users.json', 'items.jsonl', 'popular.json');
    expect(await pack()).toMatchObject({ code: 0, stdout: expect.stringContaining('version: 2.0.0') });
  });

  it('moves weights from a separate file into the graph', async () => {
    const { model, weights } = withExternalWeights();
    const folder = await mlflowModel(model);
    await writeFile(join(folder, 'model.onnx.data'), weights);
    await copyFiles(join(folder, 'extra_files'), 'users.json', 'items.jsonl', 'popular.json', 'golden.jsonl');
    expect(await fromMlflow(folder)).toMatchObject({ code: 0, stdout: expect.stringContaining('Now run') });
    expect(await pack()).toMatchObject({ code: 0, stderr: expect.stringMatching(/1 golden requests? passed/) });
  });

  it('explains what is not an ONNX model of MLflow', async () => {
    const folder = await mlflowModel(tinyModel(), { sklearn: {} });
    expect(await fromMlflow(folder)).toMatchObject({ code: 1, stderr: expect.stringContaining('no ONNX flavor, only sklearn') });
    expect(await fromMlflow(dir)).toMatchObject({ code: 1, stderr: expect.stringContaining('it has no MLmodel file') });
  });

  it('takes no graph from outside the folder', async () => {
    const folder = await mlflowModel(tinyModel(), { onnx: { data: '../outside.onnx' } });
    await writeFile(join(folder, '..', 'outside.onnx'), tinyModel());
    expect(await fromMlflow(folder)).toMatchObject({ code: 1, stderr: expect.stringContaining('is not a plain path inside') });
  });
});
