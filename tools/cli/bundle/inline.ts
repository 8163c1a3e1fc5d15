import { createReadStream, lstatSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { BufferedFile } from '../../../serving/bundle/graph/buffered-file.ts';
import { ProtobufReader, type Span, WIRE } from '../../../serving/bundle/graph/protobuf.ts';
import { readEntry } from '../../../serving/bundle/graph/tensor.ts';
import { CliFailure } from '../terminal/failure.ts';

/** A protobuf message cannot be longer. */
const MAX_BYTES = 2 ** 31 - 1;

/** The messages of ONNX that can hold tensors, by field number: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. */
const INNER = {
  model: { 7: 'graph', 25: 'function' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  function: { 7: 'node', 11: 'attribute' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  tensor: {},
} as const satisfies Record<string, Readonly<Record<number, string>>>;
type Message = keyof typeof INNER;

const TENSOR = { name: 8, rawData: 9, externalData: 13, dataLocation: 14 } as const;
const REPLACED: readonly number[] = [TENSOR.rawData, TENSOR.externalData, TENSOR.dataLocation];
const EXTERNAL = 1;

type Part = Span & { file: string };
/** Bytes of the new file: our own, or a part of another file. */
type Piece = Buffer | Part;

interface Source {
  file: string;
  reader: ProtobufReader;
}

/**
 * Copies an ONNX file and puts the tensors into it that it keeps in files beside it, as PyTorch and MLflow write them. All
 * other bytes stay as they are, fields that nobody here knows included.
 * @param from a graph that `readGraphFacts` has read @param to may be the same file
 * @throws CliFailure for data that is missing or outside of the graph's folder, and above 2 GiB
 */
export async function inlineWeights(from: string, to: string): Promise<void> {
  const handle = await open(from);
  try {
    const { size } = await handle.stat();
    const reader = new ProtobufReader(new BufferedFile(handle.fd, size), (why) => new CliFailure(`${from} cannot be read: ${why}.`));
    const pieces = rewritten('model', { start: 0, end: size }, { file: from, reader });
    if (lengthOf(pieces) > MAX_BYTES) {
      throw new CliFailure('The model has more than 2 GiB of weights, which do not fit into a single ONNX file.');
    }
    await write(pieces, `${to}.new`);
    await rename(`${to}.new`, to);
  } finally {
    await handle.close();
  }
}

/** A message; where tensors in it have changed, so have the lengths of all that is around them. */
function rewritten(message: Message, span: Span, source: Source): Piece[] {
  if (message === 'tensor') return tensor(span, source);
  const inner: Readonly<Record<number, Message>> = INNER[message];
  const pieces: Piece[] = [];
  let at = span.start;
  source.reader.walk(span, (field) => {
    const { number, start, end } = field;
    const kind = inner[number];
    const content = kind === undefined ? [] : rewritten(kind, { start, end }, source);
    const isChanged = content.some((piece) => Buffer.isBuffer(piece));
    pieces.push(...(isChanged ? framed(number, content) : [{ file: source.file, start: at, end }]));
    at = end;
  });
  return joined(pieces);
}

function tensor(span: Span, { file, reader }: Source): Piece[] {
  const pieces: Piece[] = [];
  const entries: Span[] = [];
  let [name, location, at] = ['', 0, span.start];
  reader.walk(span, (field) => {
    if (field.number === TENSOR.name) name = reader.text(field);
    if (field.number === TENSOR.dataLocation) location = field.value;
    if (field.number === TENSOR.externalData) entries.push({ start: field.start, end: field.end });
    if (!REPLACED.includes(field.number)) pieces.push({ file, start: at, end: field.end });
    at = field.end;
  });
  if (location !== EXTERNAL) return [{ ...span, file }];
  const described = new Map(entries.map((entry) => readEntry(reader, entry)));
  return joined([...pieces, ...framed(TENSOR.rawData, [dataOf(name, described, dirname(file))])]);
}

/** Where the values of a tensor are. */
function dataOf(name: string, described: ReadonlyMap<string, string>, dir: string): Piece {
  const location = described.get('location') ?? '';
  if (isAbsolute(location) || normalize(location).startsWith('..')) {
    throw new CliFailure(`The data of tensor "${name}" is outside the model's folder.`);
  }
  const file = join(dir, location);
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found?.isFile() !== true) {
    throw new CliFailure(`The data of tensor "${name}" is in ${location}, which does not exist: copy it beside the graph.`);
  }
  const start = Number(described.get('offset') ?? 0);
  const end = start + Number(described.get('length') ?? found.size - start);
  if (!(start >= 0 && start <= end && end <= found.size)) {
    const place = `bytes ${start} to ${end} of ${location}, which has ${found.size}`;
    throw new CliFailure(`The data of tensor "${name}" is at ${place}: save the model again.`);
  }
  return { file, start, end };
}

/** A field that holds a message or bytes. */
function framed(number: number, content: readonly Piece[]): Piece[] {
  return [Buffer.from([...varint(number * 8 + WIRE.bytes), ...varint(lengthOf(content))]), ...content];
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

function lengthOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + (Buffer.isBuffer(piece) ? piece.length : piece.end - piece.start), 0);
}

/** Neighbours as one piece: most of a graph's many small fields stay where they are. */
function joined(pieces: readonly Piece[]): Piece[] {
  const found: Piece[] = [];
  for (const piece of pieces) {
    const last = found.at(-1);
    const isNext = isPart(last) && isPart(piece) && last.file === piece.file && last.end === piece.start;
    if (isNext) found[found.length - 1] = { ...last, end: piece.end };
    else found.push(piece);
  }
  return found;
}

function isPart(piece: Piece | undefined): piece is Part {
  return piece !== undefined && !Buffer.isBuffer(piece);
}

async function write(pieces: readonly Piece[], file: string): Promise<void> {
  const handle = await open(file, 'w');
  try {
    for (const piece of pieces) {
      if (Buffer.isBuffer(piece)) await handle.write(piece);
      else if (piece.end > piece.start) {
        const bytes = createReadStream(piece.file, { start: piece.start, end: piece.end - 1 });
        for await (const chunk of bytes) await handle.write(chunk as Buffer);
      }
    }
  } finally {
    await handle.close();
  }
}
