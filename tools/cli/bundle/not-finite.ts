import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { BufferedFile } from '../../../serving/bundle/graph/buffered-file.ts';
import { ProtobufReader, type Span } from '../../../serving/bundle/graph/protobuf.ts';
import { CliFailure } from '../terminal/failure.ts';

/** A table of the graph with numbers that are NaN or infinite. */
interface NotFinite {
  name: string;
  /** How many of its rows hold such numbers, of how many, and the first of them. */
  rows: number;
  of: number;
  first: number;
}

/** Field numbers of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. */
const GRAPH_OF_MODEL = 7;
const INITIALIZER = 5;
const TENSOR = { dims: 1, dataType: 2, floatData: 4, name: 8, rawData: 9, doubleData: 10 } as const;
const VALUES: readonly number[] = [TENSOR.floatData, TENSOR.rawData, TENSOR.doubleData];

/** By `TensorProto.DataType`: how wide a number is, and the bits of its exponent, which are all set in NaN and infinity. */
const FLOATS: Readonly<Record<number, { bytes: number; exponent: number }>> = {
  1: { bytes: 4, exponent: 0x7f80_0000 },
  10: { bytes: 2, exponent: 0x7c00 },
  11: { bytes: 8, exponent: 0x7ff0_0000 },
  16: { bytes: 2, exponent: 0x7f80 },
};
const BLOCK = 1024 * 1024;

interface Table {
  name: string;
  dims: number[];
  dataType: number;
  values: Span | undefined;
}

/**
 * Looks through the initializers of a graph, a block at a time.
 * @param file an ONNX file that `readGraphFacts` has read
 */
export function notFiniteTables(file: string): NotFinite[] {
  const fd = openSync(file, 'r');
  try {
    return tablesOf(fd, fstatSync(fd).size).flatMap((table) => notFinite(fd, table) ?? []);
  } finally {
    closeSync(fd);
  }
}

function tablesOf(fd: number, size: number): Table[] {
  const reader = new ProtobufReader(new BufferedFile(fd, size), (why) => new CliFailure(`The graph cannot be read: ${why}.`));
  const tables: Table[] = [];
  reader.walk({ start: 0, end: size }, (graph) => {
    if (graph.number !== GRAPH_OF_MODEL) return;
    reader.walk(reader.message(graph), (tensor) => {
      if (tensor.number === INITIALIZER) tables.push(tableOf(reader, reader.message(tensor)));
    });
  });
  return tables;
}

function tableOf(reader: ProtobufReader, span: Span): Table {
  const table: Table = { name: '', dims: [], dataType: 0, values: undefined };
  reader.walk(span, (field) => {
    if (field.number === TENSOR.name) table.name = reader.text(field);
    else if (field.number === TENSOR.dataType) table.dataType = field.value;
    else if (field.number === TENSOR.dims) reader.varints(field, (length) => table.dims.push(length));
    else if (VALUES.includes(field.number) && field.end > field.start) table.values = { start: field.start, end: field.end };
  });
  return table;
}

function notFinite(fd: number, { name, dims: [of = 1, ...rest], dataType, values }: Table): NotFinite | undefined {
  const float = FLOATS[dataType];
  if (float === undefined || values === undefined) return undefined;
  const width = rest.reduce((product, length) => product * length, 1);
  let [rows, first, last] = [0, -1, -1];
  for (const index of notFiniteIn(fd, values, float)) {
    const row = Math.floor(index / width);
    if (row === last) continue;
    last = row;
    rows += 1;
    if (first < 0) first = row;
  }
  return rows === 0 ? undefined : { name, rows, of, first };
}

/** The places of the numbers whose exponent is all ones, ascending. */
function* notFiniteIn(fd: number, { start, end }: Span, { bytes, exponent }: { bytes: number; exponent: number }): Generator<number> {
  const block = Buffer.alloc(BLOCK);
  for (let at = start; at < end; at += BLOCK) {
    const length = readSync(fd, block, 0, Math.min(BLOCK, end - at), at);
    const units = bytes === 2 ? new Uint16Array(block.buffer, 0, length >> 1) : new Uint32Array(block.buffer, 0, length >> 2);
    // Little-endian: of the two halves of a double the second has the exponent.
    const step = bytes === 8 ? 2 : 1;
    for (let place = step - 1; place < units.length; place += step) {
      if ((units[place]! & exponent) === exponent) yield (at - start) / bytes + Math.floor(place / step);
    }
  }
}
