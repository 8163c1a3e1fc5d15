import { Tensor } from 'onnxruntime-node';
import type { InferenceSession } from 'onnxruntime-node';

import { inputShape } from './graph-contract.ts';
import type { BatchResult, WorkerSetup } from './messages.ts';

const NO_ROW = -1n;
const LARGEST_ROW = 2n ** 31n - 1n;

interface Rows {
  width: number;
  items: BigInt64Array;
  scores: Float32Array;
}

/**
 * Scores `users` (positions in the vocabulary, [batch]). When the run throws, each user is scored alone, so that one
 * whom the graph cannot score does not fail the others.
 */
export function createBatchRunner(session: InferenceSession, setup: WorkerSetup) {
  const rank = inputShape(session, setup).length;

  async function run(users: BigInt64Array): Promise<Rows> {
    const dimensions = rank === 2 ? [users.length, 1] : [users.length];
    const outputs = await session.run({ [setup.inputName]: new Tensor('int64', users, dimensions) });
    return rowsOf(outputs, users.length, setup);
  }

  return async function runBatch(users: BigInt64Array): Promise<BatchResult> {
    try {
      const rows = await run(users);
      return { kind: 'batch', ...rows, items: Int32Array.from(rows.items, rowNumber), scores: rows.scores.slice(), failures: [] };
    } catch (error) {
      if (users.length === 1) return failed(error);
      return joined(await Promise.all([...users].map((user) => runBatch(BigInt64Array.of(user)))));
    }
  };
}

/** Conversion to 32 bits would make a valid row of a far too large one. */
function rowNumber(row: bigint): number {
  return row > NO_ROW && row <= LARGEST_ROW ? Number(row) : Number(NO_ROW);
}

function failed(error: unknown): BatchResult {
  const message = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
  return { kind: 'batch', width: 0, items: new Int32Array(0), scores: new Float32Array(0), failures: [{ row: 0, message }] };
}

/** Puts results of one user each back together; a failed row is left at zero. */
function joined(rows: readonly BatchResult[]): BatchResult {
  const width = Math.max(...rows.map((row) => row.width));
  const items = new Int32Array(rows.length * width);
  const scores = new Float32Array(rows.length * width);
  const failures: BatchResult['failures'] = [];
  rows.forEach((result, row) => {
    items.set(result.items, row * width);
    scores.set(result.scores, row * width);
    for (const { message } of result.failures) failures.push({ row, message });
    if (result.failures.length === 0 && result.width !== width) failures.push({ row, message: 'rows of unequal width' });
  });
  return { kind: 'batch', width, items, scores, failures };
}

function rowsOf(outputs: InferenceSession.OnnxValueMapType, batch: number, setup: WorkerSetup): Rows {
  const items = outputs[setup.itemsName];
  const scores = outputs[setup.scoresName];
  if (!(items instanceof Tensor) || !(scores instanceof Tensor)) throw new Error('an output is missing');
  const [rows, width = 0] = items.dims;
  if (items.dims.length !== 2 || rows !== batch || items.dims.join() !== scores.dims.join()) {
    throw new Error(`outputs of ${items.dims.join(' × ')} and ${scores.dims.join(' × ')} for ${batch} users`);
  }
  const itemData = items.data;
  const scoreData = scores.data;
  if (!(itemData instanceof BigInt64Array) || !(scoreData instanceof Float32Array)) throw new Error('outputs of a wrong type');
  return { width, items: itemData, scores: scoreData };
}
