import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { messageOf } from '../telemetry/log.ts';
import { feedOf } from './feeds.ts';
import type { AnswerPlan, Batch, BatchResult, InputPlan, Plan, ScoreArray } from './messages.ts';
import { EMPTY_PLACE } from './never.ts';
import { runtimeWords } from './runtime-words.ts';
import { selectBest } from './select.ts';
import type { TensorData } from './tensors.ts';

const NO_ROW = -2;

/** Runs a batch; never rejects. */
export type BatchRunner = (batch: Batch) => Promise<BatchResult>;

/**
 * Scores requests together. When the run throws, each is scored alone, so that one which the graph cannot score does
 * not fail the others. Where all of them go well then, it was the batch: the graph says that it takes any number and
 * does not, as exporters have it that trace with one row, and no further batch is tried.
 */
export function createBatchRunner(session: InferenceSession, { inputs, answer }: Plan): BatchRunner {
  const wanted = answer.kind === 'Ranked' ? [answer.items, answer.scores] : [answer.scores];

  async function run(batch: Batch): Promise<BatchResult> {
    const feeds = Object.fromEntries(inputs.map((plan, index) => [plan.name, tensorOf(plan, batch.inputs[index] ?? [], batch.size)]));
    return readOutputs(await session.run(feeds, wanted), batch, answer);
  }

  async function runEach(batch: Batch): Promise<BatchResult> {
    const results: BatchResult[] = [];
    for (let row = 0; row < batch.size; row += 1) results.push(await run(alone(batch, row)).catch(failed));
    return joined(results);
  }

  let takesBatches = true;
  return async function runBatch(batch: Batch): Promise<BatchResult> {
    if (batch.size > 1 && !takesBatches) return runEach(batch);
    try {
      return await run(batch);
    } catch (error) {
      if (batch.size === 1) return failed(error);
      const result = await runEach(batch);
      takesBatches = result.failures.length > 0;
      return result;
    }
  };
}

function tensorOf(plan: InputPlan, sent: TensorData, size: number): Tensor {
  const { type, data, shape } = feedOf(plan, sent, size);
  return new Tensor(type, data, shape);
}

function readOutputs(outputs: InferenceSession.OnnxValueMapType, batch: Batch, answer: AnswerPlan): BatchResult {
  const tensor = outputs[answer.scores];
  if (!(tensor instanceof Tensor)) throw new Error('an output is missing');
  const { scores, dims } = answer.kind === 'Probabilities' ? ofBothClasses(tensor, answer.columns) : { scores: scoresOf(tensor), dims: tensor.dims };
  const [rows, width = 0] = dims;
  const columns = answer.kind === 'Ranked' ? width : answer.columns;
  if (dims.length !== 2 || rows !== batch.size || width !== columns) {
    throw shapeError(answer.scores, tensor.dims, [batch.size, answer.kind === 'Ranked' ? 'K' : columns]);
  }
  if (answer.kind === 'Ranked') return ranked(outputs[answer.items], dims, scores, batch.size);
  if (answer.kind === 'Scores') return selected(scores, width, batch);
  return { width, rows: new Int32Array(0), scores: scores.slice(), lengths: undefined, failures: [] };
}

/** Half precision as single, which holds each of its numbers. */
function scoresOf({ type, data }: Tensor): ScoreArray {
  if (type === 'float16' && !Array.isArray(data)) return Float32Array.from(new Float16Array(data.buffer, data.byteOffset, data.length));
  if (data instanceof Float32Array || data instanceof Float64Array) return data as ScoreArray;
  throw new Error('an output of a wrong type');
}

/** Of two classes a graph may give the probability of the second alone, [size] or [size × 1]: the first has the rest. */
function ofBothClasses(tensor: Tensor, columns: number): { scores: ScoreArray; dims: readonly number[] } {
  const scores = scoresOf(tensor);
  const [size = 0, width = 1] = tensor.dims;
  if (columns !== 2 || width !== 1 || tensor.dims.length > 2) return { scores, dims: tensor.dims };
  const both = scores instanceof Float32Array ? new Float32Array(2 * size) : new Float64Array(2 * size);
  scores.forEach((probability, row) => both.set([1 - probability, probability], 2 * row));
  return { scores: both, dims: [size, 2] };
}

function ranked(items: unknown, dims: readonly number[], scores: ScoreArray, size: number): BatchResult {
  if (!(items instanceof Tensor)) throw new Error('an output is missing');
  if (items.dims.join() !== dims.join()) {
    throw new Error(`outputs of ${items.dims.join(' × ')} and ${dims.join(' × ')} for ${size} requests`);
  }
  return { width: dims[1] ?? 0, rows: rowNumbers(items.data), scores: scores.slice(), lengths: undefined, failures: [] };
}

function selected(all: ScoreArray, columns: number, { size, selections }: Batch): BatchResult {
  const width = Math.min(columns, Math.max(...selections.map(({ k }) => k)));
  const rows = new Int32Array(size * width);
  const scores = all instanceof Float32Array ? new Float32Array(size * width) : new Float64Array(size * width);
  const failures: BatchResult['failures'] = [];
  const lengths = selections.map((selection, row) => {
    try {
      return selectBest(all, row * columns, columns, selection, { rows, scores, at: row * width });
    } catch (error) {
      failures.push({ row, message: messageOf(error) });
      return 0;
    }
  });
  return { width, rows, scores, lengths, failures };
}

function rowNumbers(data: unknown): BatchResult['rows'] {
  if (data instanceof BigInt64Array) return narrowed(data);
  if (data instanceof Int32Array) return Int32Array.from(data);
  throw new Error('outputs of a wrong type');
}

/**
 * The low halves of 64-bit numbers, read as they lie in memory: making a BigInt of each takes ten times as long.
 * Whatever does not fit 31 bits becomes no row, but for the empty place; without its high half it would be a wrong one.
 */
function narrowed(data: BigInt64Array): BatchResult['rows'] {
  const halves = new Int32Array(data.buffer, data.byteOffset, 2 * data.length);
  const rows = new Int32Array(data.length);
  for (let place = 0; place < rows.length; place += 1) {
    const low = halves[2 * place]!;
    const high = halves[2 * place + 1];
    if (high === 0 && low >= 0) rows[place] = low;
    else rows[place] = high === -1 && low === EMPTY_PLACE ? EMPTY_PLACE : NO_ROW;
  }
  return rows;
}

function shapeError(name: string, dims: readonly number[], [requests, columns]: readonly [number, number | string]): Error {
  const isTransposed = dims.length === 2 && dims[1] === requests && (dims[0] === columns || columns === 'K');
  const found = `the output "${name}" is [${dims.join(' × ')}] for ${requests} ${requests === 1 ? 'request' : 'requests'}`;
  return new Error(`${found}, not [${requests} × ${columns}]${isTransposed ? ': transpose it' : ''}`);
}

function failed(error: unknown): BatchResult {
  const failures = [{ row: 0, message: runtimeWords(error) }];
  return { width: 0, rows: new Int32Array(0), scores: new Float32Array(0), lengths: [0], failures };
}

/** One request of a batch. */
function alone({ size, inputs, selections }: Batch, row: number): Batch {
  const parts = inputs.map((data) => {
    const width = data.length / size;
    return data.slice(row * width, (row + 1) * width);
  });
  return { size: 1, inputs: parts, selections: selections.slice(row, row + 1) };
}

/** Puts results of one request each back together; a failed row is left empty. */
function joined(results: readonly BatchResult[]): BatchResult {
  const width = Math.max(...results.map((result) => result.width));
  const rows = new Int32Array(results.length * width);
  const scores = new Float64Array(results.length * width);
  const failures: BatchResult['failures'] = [];
  const lengths = results.map((result, row) => {
    rows.set(result.rows, row * width);
    scores.set(result.scores, row * width);
    for (const { message } of result.failures) failures.push({ row, message });
    return result.lengths?.[0] ?? result.width;
  });
  return { width, rows, scores, lengths, failures };
}
