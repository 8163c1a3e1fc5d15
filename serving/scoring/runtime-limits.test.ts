import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import onnxProto from 'onnx-proto';
import { NEWEST } from '../bundle/graph/versions.ts';
import { UnusableGraph } from './failures.ts';
import { startWorker } from './worker-thread.ts';

const { onnx } = onnxProto;
const nothing = () => undefined;

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'limits-'));
});
afterAll(() => rm(dir, { recursive: true }));

/** Whether the runtime loads a graph that does nothing, written for these versions. */
async function loads(irVersion: number, opsets: Readonly<Record<string, number>>): Promise<boolean> {
  const type = { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 1 }] } } };
  const graph = {
    name: 'nothing', input: [{ name: 'x', type }], output: [{ name: 'y', type }], node: [{ opType: 'Identity', input: ['x'], output: ['y'] }],
  };
  // Under its long name the runtime does not look at the version of the standard operators.
  const opsetImport = Object.entries(opsets).map(([domain, version]) => ({ domain: domain === 'ai.onnx' ? '' : domain, version }));
  const graphFile = join(dir, 'model.onnx');
  await writeFile(graphFile, onnx.ModelProto.encode({ irVersion, opsetImport, graph }).finish());
  try {
    const worker = await startWorker({ graphFile }, { onBatch: nothing, onInferred: nothing, onExit: nothing });
    await worker.terminate();
    return true;
  } catch (error) {
    if (error instanceof UnusableGraph) return false;
    throw error;
  }
}

describe('the versions that the docs and messages name as the newest', () => {
  it('are those that the runtime loads', async () => {
    expect(await loads(NEWEST.ir, NEWEST.opsets)).toBe(true);
    expect(await loads(NEWEST.ir + 1, NEWEST.opsets)).toBe(false);
    for (const [domain, version] of Object.entries(NEWEST.opsets)) {
      expect([domain, await loads(NEWEST.ir, { ...NEWEST.opsets, [domain]: version + 1 })]).toEqual([domain, false]);
    }
  });
});
