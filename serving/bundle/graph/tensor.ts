import { type Field, type ProtobufReader, type Span, WIRE } from './protobuf.ts';
import type { GraphReading } from './reading.ts';

/** Bits of one value by `TensorProto.DataType`; text has no fixed size. */
const BITS: Record<number, number> = {
  1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 8: 8, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64, 14: 64, 15: 128, 16: 16,
  17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4, 23: 4, 24: 8, 25: 2, 26: 2,
};
const STRING = 8;
const COMPLEX = new Set([14, 15]);
const MAX_DIMENSIONS = 64;

const FIELD = {
  dims: 1, dataType: 2, floatData: 4, int32Data: 5, stringData: 6, int64Data: 7, name: 8, rawData: 9, doubleData: 10,
  uint64Data: 11, externalData: 13, dataLocation: 14,
} as const;
const ENTRY = { key: 1, value: 2 } as const;
const TYPED: readonly number[] = [FIELD.floatData, FIELD.int32Data, FIELD.stringData, FIELD.int64Data, FIELD.doubleData, FIELD.uint64Data];

interface TensorFacts {
  name: string;
  /** Values it declares, the product of its dimensions. */
  elements: number;
  /** Size of the values in memory, of text without the text itself. */
  bytes: number;
}

interface TensorParts {
  name: string;
  dims: number[];
  dataType: number;
  rawBytes: number | undefined;
  /** Values that the typed fields can hold at most. */
  typed: number;
  /** The values are in another file. */
  isExternal: boolean;
}

/**
 * Reads a TensorProto without its values. Notes one that keeps them in another file, and refuses one that declares more
 * values than its bytes hold: a few bytes could otherwise ask for all memory.
 * @throws BundleFailure `GraphInvalid`
 */
export function readTensor(reading: GraphReading, span: Span): TensorFacts {
  const parts: TensorParts = { name: '', dims: [], dataType: 0, rawBytes: undefined, typed: 0, isExternal: false };
  reading.reader.walk(span, (field) => readField(reading, parts, field));
  const elements = elementsOf(parts.dims, reading, parts.name);
  const bits = BITS[parts.dataType];
  if (parts.isExternal) reading.external.tensors += 1;
  else if (bits === undefined) throw reading.refuse(`the tensor "${parts.name}" has the unknown type ${parts.dataType}`);
  else if (elements > held(parts, bits)) {
    throw reading.refuse(`the tensor "${parts.name}" declares ${elements} values but contains fewer`);
  }
  return { name: parts.name, elements, bytes: Math.ceil((elements * (bits ?? 0)) / 8) };
}

function readField(reading: GraphReading, parts: TensorParts, field: Field): void {
  const { reader, refuse } = reading;
  if (field.number === FIELD.externalData) return noteExternal(reading, parts, reader.message(field));
  if (field.number === FIELD.dataLocation && field.value !== 0) parts.isExternal = true;
  if (field.number === FIELD.dims) reader.varints(field, (dimension) => parts.dims.push(dimension));
  if (parts.dims.length > MAX_DIMENSIONS) throw refuse(`a tensor has more than ${MAX_DIMENSIONS} dimensions`);
  if (field.number === FIELD.dataType) parts.dataType = field.value;
  if (field.number === FIELD.name) parts.name = reader.text(field);
  if (field.number === FIELD.rawData) {
    reader.expectWire(field, WIRE.bytes);
    if (parts.rawBytes !== undefined) throw refuse('a tensor has duplicate data');
    parts.rawBytes = field.end - field.start;
  }
  if (TYPED.includes(field.number)) parts.typed += typedCount(field);
}

function noteExternal({ reader, external }: GraphReading, parts: TensorParts, span: Span): void {
  const [key, value] = readEntry(reader, span);
  parts.isExternal = true;
  if (key === 'location') external.files.add(value);
}

/** Reads an entry of external_data, a StringStringEntryProto: its key and its value. */
export function readEntry(reader: ProtobufReader, span: Span): [key: string, value: string] {
  let [key, value] = ['', ''];
  reader.walk(span, (field) => {
    if (field.number === ENTRY.key) key = reader.text(field);
    else if (field.number === ENTRY.value) value = reader.text(field);
  });
  return [key, value];
}

/** Values of one typed field. Packed varints are not counted one by one: each takes a byte at least. */
function typedCount(field: Field): number {
  if (field.wire !== WIRE.bytes || field.number === FIELD.stringData) return 1;
  const bytes = field.end - field.start;
  if (field.number === FIELD.floatData) return Math.floor(bytes / 4);
  if (field.number === FIELD.doubleData) return Math.floor(bytes / 8);
  return bytes;
}

function held({ rawBytes, typed, dataType }: TensorParts, bits: number): number {
  if (rawBytes !== undefined && dataType !== STRING) return Math.floor((rawBytes * 8) / bits);
  if (COMPLEX.has(dataType)) return Math.floor(typed / 2);
  // Values of less than a byte share one.
  return bits < 8 ? typed * (8 / bits) : typed;
}

/**
 * The product of `dims`; zeros among them do not hide the size of the others.
 * @throws BundleFailure for negative dimensions and products beyond 2⁵³
 */
export function elementsOf(dims: readonly number[], { refuse }: GraphReading, name: string): number {
  const size = dims.filter((dimension) => dimension !== 0).reduce((product, dimension) => product * dimension, 1);
  if (size > Number.MAX_SAFE_INTEGER) throw refuse(`the dimensions of "${name}" are negative or too large`);
  return dims.includes(0) ? 0 : size;
}
