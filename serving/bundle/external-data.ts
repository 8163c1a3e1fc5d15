import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';

import { BundleFailure } from './failure.ts';
import { BufferedFile } from './buffered-file.ts';

/**
 * The part of onnx.proto that can lead to a tensor: message → field number → message. Field numbers are those of
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
 */
const CHILDREN = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  training: { 1: 'graph', 2: 'graph' },
  function: { 7: 'node', 11: 'attribute' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  tensor: {},
} as const satisfies Record<string, Record<number, string>>;

type Message = keyof typeof CHILDREN;
interface Span {
  message: Message;
  start: number;
  end: number;
  depth: number;
}

const EXTERNAL_DATA = 13;
const DATA_LOCATION = 14;
const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
const MAX_DEPTH = 64;
const MAX_FIELDS = 20_000_000;
const MODEL_GRAPH = 7;

/**
 * Refuses an ONNX graph that keeps tensors in other files: such a graph could name any file of the container. Walks
 * the protobuf without decoding tensors, in constant memory, and refuses what is no well-formed protobuf.
 * @throws BundleFailure `ExternalData` or `GraphInvalid`
 */
export async function refuseExternalData(file: string, name: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await walk(handle, name);
  } finally {
    await handle.close();
  }
}

async function walk(handle: FileHandle, name: string): Promise<void> {
  const { size } = await handle.stat();
  const bytes = new BufferedFile(handle.fd, size);
  const pending: Span[] = [{ message: 'model', start: 0, end: size, depth: 0 }];
  let fields = 0;
  let graphs = 0;
  for (let span = pending.pop(); span !== undefined; span = pending.pop()) {
    for (let at = span.start; at < span.end; ) {
      fields += 1;
      if (fields > MAX_FIELDS || span.depth > MAX_DEPTH) throw malformed(name, 'it is too deep or too long');
      const field = readField(bytes, at, span.end, name);
      if (span.message === 'tensor' && keepsDataElsewhere(field)) {
        throw new BundleFailure('ExternalData', `"${name}" keeps tensors in other files; save it with all data inside.`);
      }
      const child = childOf(span.message, field.number);
      if (child !== undefined && field.wire === WIRE.bytes) {
        pending.push({ message: child, start: field.start, end: field.end, depth: span.depth + 1 });
      }
      if (span.message === 'model' && field.number === MODEL_GRAPH) graphs += 1;
      at = field.end;
    }
  }
  if (graphs !== 1) throw malformed(name, 'it does not hold exactly one graph');
}

interface Field {
  number: number;
  wire: number;
  start: number;
  end: number;
  value: bigint;
}

function keepsDataElsewhere(field: Field): boolean {
  if (field.number === EXTERNAL_DATA) return true;
  return field.number === DATA_LOCATION && field.value !== 0n;
}

function childOf(message: Message, number: number): Message | undefined {
  return (CHILDREN[message] as Record<number, Message>)[number];
}

/** Reads the field whose tag starts at `at`; `start`…`end` is its payload. */
function readField(bytes: BufferedFile, at: number, limit: number, name: string): Field {
  const tag = readVarint(bytes, at, limit, name);
  const wire = Number(tag.value & 7n);
  const number = Number(tag.value >> 3n);
  if (wire === WIRE.varint) {
    const { value, next } = readVarint(bytes, tag.next, limit, name);
    return { number, wire, start: tag.next, end: next, value };
  }
  const length = wire === WIRE.bytes ? readVarint(bytes, tag.next, limit, name) : fixedLength(wire, tag.next, name);
  const end = length.next + Number(length.value);
  if (number === 0 || end > limit) throw malformed(name, `its field at byte ${at} runs past its end`);
  return { number, wire, start: length.next, end, value: 0n };
}

function fixedLength(wire: number, next: number, name: string): { value: bigint; next: number } {
  if (wire === WIRE.fixed64) return { value: 8n, next };
  if (wire === WIRE.fixed32) return { value: 4n, next };
  throw malformed(name, `byte ${next} has an unknown wire type`);
}

function readVarint(bytes: BufferedFile, at: number, limit: number, name: string): { value: bigint; next: number } {
  let value = 0n;
  for (let index = 0; index < 10 && at + index < limit; index += 1) {
    const byte = bytes.at(at + index);
    value |= BigInt(byte & 0x7f) << BigInt(7 * index);
    if (byte < 0x80) return { value, next: at + index + 1 };
  }
  throw malformed(name, `byte ${at} starts an endless number`);
}

function malformed(name: string, why: string): BundleFailure {
  return new BundleFailure('GraphInvalid', `"${name}" is not an ONNX model: ${why}.`);
}
