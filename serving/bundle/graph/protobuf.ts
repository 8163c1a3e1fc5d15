import type { BufferedFile } from './buffered-file.ts';

/** Bytes `start` ≤ offset < `end` of the file: the payload of one message. */
export interface Span {
  start: number;
  end: number;
}

/** One field of a message; the span is its payload. */
export interface Field extends Span {
  number: number;
  wire: number;
  /** Of a varint; a negative one is 2⁶⁴ less than this. Numbers above 2⁵³ are not exact. */
  value: number;
}

export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const MAX_FIELDS = 50_000_000;
const MAX_TEXT_BYTES = 4096;
/** Of all names together, so that remembering them stays cheap. */
const MAX_TEXTS_BYTES = 64 * 1024 * 1024;

/**
 * Walks protobuf messages in a file without decoding them, in constant memory
 * (https://protobuf.dev/programming-guides/encoding). What is no well-formed protobuf, or absurdly long, is refused.
 */
export class ProtobufReader {
  readonly #bytes: BufferedFile;
  readonly #refuse: (why: string) => Error;
  /** Field that was read last, and the offset behind the last varint: no allocation for each of millions of fields. */
  readonly #field: Field = { number: 0, wire: 0, start: 0, end: 0, value: 0 };
  #next = 0;
  #fields = 0;
  #texts = 0;

  /** @param refuse makes the error to throw from why the file is refused */
  constructor(bytes: BufferedFile, refuse: (why: string) => Error) {
    this.#bytes = bytes;
    this.#refuse = refuse;
  }

  /** Shows `visit` every field of the message in `span`. The same object is shown each time: copy what shall last. */
  walk({ start, end }: Span, visit: (field: Field) => void): void {
    for (let at = start; at < end; ) {
      this.#fields += 1;
      if (this.#fields > MAX_FIELDS) throw this.#refuse(`it has more than ${MAX_FIELDS} fields`);
      const next = this.#read(at, end);
      visit(this.#field);
      at = next;
    }
  }

  /** The text of a field, e.g. a tensor's name. */
  text(field: Field): string {
    this.expectWire(field, WIRE.bytes);
    const { start, end } = field;
    this.#texts += end - start;
    if (end - start > MAX_TEXT_BYTES) throw this.#refuse(`the name at byte ${start} is longer than ${MAX_TEXT_BYTES} bytes`);
    if (this.#texts > MAX_TEXTS_BYTES) throw this.#refuse(`its names take more than ${MAX_TEXTS_BYTES} bytes`);
    return this.#bytes.text(start, end);
  }

  /** The payload of a field that holds a message. */
  message(field: Field): Span {
    this.expectWire(field, WIRE.bytes);
    return { start: field.start, end: field.end };
  }

  /** Shows `visit` the numbers of a repeated field, packed or alone; those above 2⁵³ are not exact. */
  varints(field: Field, visit: (value: number) => void): void {
    if (field.wire === WIRE.varint) return visit(field.value);
    const { start, end } = this.message(field);
    for (let at = start; at < end; at = this.#next) visit(this.#varint(at, end));
  }

  expectWire(field: Field, wire: number): void {
    if (field.wire !== wire) throw this.#refuse(`the field at byte ${field.start} has a type that ONNX does not define for it`);
  }

  /** Reads the field whose tag starts at `at` into `#field`. @returns the offset behind it */
  #read(at: number, limit: number): number {
    const tag = this.#varint(at, limit);
    const field = this.#field;
    field.wire = tag % 8;
    field.number = (tag - field.wire) / 8;
    field.start = this.#next;
    field.value = 0;
    if (field.wire === WIRE.varint) {
      field.value = this.#varint(field.start, limit);
      field.end = this.#next;
    } else {
      const length = this.#length(field.wire, limit);
      field.start = this.#next;
      field.end = field.start + length;
    }
    if (field.number === 0 || field.end > limit) throw this.#refuse(`its field at byte ${at} runs past its end`);
    return field.end;
  }

  #length(wire: number, limit: number): number {
    if (wire === WIRE.bytes) return this.#varint(this.#next, limit);
    if (wire === WIRE.fixed64) return 8;
    if (wire === WIRE.fixed32) return 4;
    throw this.#refuse(`byte ${this.#next} has an unknown wire type`);
  }

  #varint(at: number, limit: number): number {
    let value = 0;
    let factor = 1;
    for (let index = 0; index < 10 && at + index < limit; index += 1) {
      const byte = this.#bytes.at(at + index);
      value += (byte % 128) * factor;
      factor *= 128;
      if (byte < 128) {
        this.#next = at + index + 1;
        return value;
      }
    }
    throw this.#refuse(`byte ${at} starts an endless number`);
  }
}
