import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import onnxProto from 'onnx-proto';
import { stringify } from 'yaml';
import { removeTinyBundles, tinyBundle } from '../../../serving/testing/tiny-bundle.ts';
import { tinyModel } from '../../../serving/testing/tiny-model.ts';
import { manifestIn, recommender } from '../testing/bundle-command.ts';

jest.setTimeout(60_000);

const { onnx } = onnxProto;

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cli-'));
});
afterEach(() => rm(dir, { recursive: true }));
afterAll(removeTinyBundles);

describe('bundle from-mlflow', () => {
  /** A folder as mlflow.onnx.save_model leaves it. */
  async function mlflowModel(model: Uint8Array, flavors: Record<string, unknown> = { onnx: { data: 'model.onnx', onnx_version: '1.16.1', code: null } }): Promise<string> {
    const folder = join(dir, 'mlflow');
    await mkdir(folder);
    await writeFile(join(folder, 'model.onnx'), model);
    const signature = { inputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}, "name": "user"}]', params: null };
    const mlModel = {
      artifact_path: 'model', flavors, mlflow_version: '2.22.0', model_size_bytes: model.length, model_uuid: '7c1dd2fe0d1b4c7b8cf5b7a5a2a3a4b5',
      run_id: '4f1cb2f0a7d54f0e9d8ea2b2a5a51b0d', signature, utc_time_created: '2026-02-02 06:00:00.123456',
    };
    await writeFile(join(folder, 'MLmodel'), stringify(mlModel));
    return folder;
  }
  const named = ['--model', 'books', '--version', '2.0.0', '--task', 'user-to-items'];

  it('writes a draft that pack completes, and says what is missing', async () => {
    const [folder, out] = [await mlflowModel(tinyModel()), join(dir, 'out')];
    const { code, stdout } = await recommender('from-mlflow', folder, '--out', out, ...named);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/- add .*users\.json: .*- add .*items\.jsonl: .*Then run: npx recommender bundle pack/s)]);
    const lineage = { trainedAt: '2026-02-02T06:00:00.123Z', parameters: { mlflow: { run_id: '4f1cb2f0a7d54f0e9d8ea2b2a5a51b0d' } } };
    expect(await manifestIn(out)).toMatchObject({ model: 'books', inputs: [{ name: 'user', vocabulary: 'users.json' }], outputs: { items: 'items' }, lineage });
    const bundle = await tinyBundle();
    for (const name of ['users.json', 'items.jsonl', 'popular.json']) await cp(join(bundle.dir, name), join(out, name));
    expect(await recommender('pack', out)).toMatchObject({ code: 0, stdout: expect.stringContaining('version: 2.0.0') });
  });

  it('puts weights that lie beside the graph into it', async () => {
    const model = onnx.ModelProto.decode(tinyModel());
    const [weights] = model.graph?.initializer ?? [];
    const bytes = Buffer.from(Float32Array.from(weights?.floatData ?? []).buffer);
    Object.assign(weights ?? {}, { floatData: [], dataLocation: 1, externalData: [{ key: 'location', value: 'model.onnx.data' }, { key: 'offset', value: '4' }, { key: 'length', value: String(bytes.length) }] });
    const folder = await mlflowModel(onnx.ModelProto.encode(model).finish());
    await writeFile(join(folder, 'model.onnx.data'), Buffer.concat([Buffer.alloc(4), bytes]));
    const bundle = await tinyBundle();
    await mkdir(join(folder, 'extra_files'));
    for (const name of ['users.json', 'items.jsonl', 'popular.json', 'golden.jsonl']) await cp(join(bundle.dir, name), join(folder, 'extra_files', name));
    const out = join(dir, 'out');
    expect(await recommender('from-mlflow', folder, '--out', out, ...named)).toMatchObject({ code: 0, stdout: expect.stringContaining('Now run') });
    expect(await recommender('pack', out)).toMatchObject({ code: 0, stderr: expect.stringContaining('1 golden requests answered right') });
  });

  it('explains what is no ONNX model of MLflow', async () => {
    const folder = await mlflowModel(tinyModel(), { sklearn: {} });
    expect(await recommender('from-mlflow', folder, '--out', join(dir, 'out'), ...named)).toMatchObject({ code: 1, stderr: expect.stringContaining('no ONNX flavour, only sklearn') });
    expect(await recommender('from-mlflow', dir, '--out', join(dir, 'out'), ...named)).toMatchObject({ code: 1, stderr: expect.stringContaining('no file MLmodel') });
  });

  it('takes no graph from outside of the folder', async () => {
    const folder = await mlflowModel(tinyModel(), { onnx: { data: '../outside.onnx' } });
    await writeFile(join(folder, '..', 'outside.onnx'), tinyModel());
    expect(await recommender('from-mlflow', folder, '--out', join(dir, 'out'), ...named)).toMatchObject({ code: 1, stderr: expect.stringContaining('no plain path') });
  });
});
