import type { ElementType } from '../bundle/element-types.ts';
import type { ElementArrays } from '../scoring/tensors.ts';
import { MAX_EXACT_JSON } from './limits.ts';

/** A number of a JSON body; whole ones beyond 2^53 arrive as bigint, see `parseExactly`. */
type JsonNumber = number | bigint;

/** How the elements of one numeric type are read. */
interface ElementReader<Type extends ElementType> {
  /** Bytes of one element in binary form, little-endian. */
  bytes: number;
  /** Whether a value of a JSON array can be an element. */
  fits(value: unknown): boolean;
  /** What `fits` demands, for people. */
  wants: string;
  /** @param values all of which fit */
  fromJson(values: readonly JsonNumber[]): ElementArrays[Type];
  /** @param bytes aligned, whole elements; the memory is taken over */
  fromBinary(bytes: ArrayBuffer): ElementArrays[Type];
}

type Readers = { [Type in Exclude<ElementType, 'string'>]: ElementReader<Type> };

const whole = (bits: number, signed: boolean) => {
  const low = signed ? -(2n ** BigInt(bits - 1)) : 0n;
  const high = 2n ** BigInt(signed ? bits - 1 : bits) - 1n;
  const isWhole = (value: unknown) => typeof value === 'bigint' || Number.isSafeInteger(value);
  return {
    bytes: bits / 8,
    fits: (value: unknown) => isWhole(value) && (value as JsonNumber) >= low && (value as JsonNumber) <= high,
    wants: `integers from ${String(low)} to ${String(high)}`,
  };
};

/** @param round to the nearest number of the type; infinite where the type ends */
const real = (bits: number, round: (value: number) => number) => ({
  bytes: bits / 8,
  fits: (value: unknown) => (typeof value === 'number' || typeof value === 'bigint') && Number.isFinite(round(Number(value))),
  wants: `numbers of at most ${bits} bits`,
});

/** Truth values come as `true` and `false`, from some clients as 1 and 0. */
const truth = {
  bytes: 1,
  fits: (value: unknown) => typeof value === 'boolean' || value === 0 || value === 1,
  wants: 'true and false',
};

export const READERS: Readers = {
  bool: { ...truth, fromJson: (values) => Uint8Array.from(values, Number), fromBinary: (bytes) => new Uint8Array(bytes) },
  uint8: { ...whole(8, false), fromJson: (values) => Uint8Array.from(values, Number), fromBinary: (bytes) => new Uint8Array(bytes) },
  uint16: { ...whole(16, false), fromJson: (values) => Uint16Array.from(values, Number), fromBinary: (bytes) => new Uint16Array(bytes) },
  uint32: { ...whole(32, false), fromJson: (values) => Uint32Array.from(values, Number), fromBinary: (bytes) => new Uint32Array(bytes) },
  uint64: {
    ...whole(64, false),
    fromJson: (values) => BigUint64Array.from(values, BigInt),
    fromBinary: (bytes) => new BigUint64Array(bytes),
  },
  int8: { ...whole(8, true), fromJson: (values) => Int8Array.from(values, Number), fromBinary: (bytes) => new Int8Array(bytes) },
  int16: { ...whole(16, true), fromJson: (values) => Int16Array.from(values, Number), fromBinary: (bytes) => new Int16Array(bytes) },
  int32: { ...whole(32, true), fromJson: (values) => Int32Array.from(values, Number), fromBinary: (bytes) => new Int32Array(bytes) },
  int64: { ...whole(64, true), fromJson: (values) => BigInt64Array.from(values, BigInt), fromBinary: (bytes) => new BigInt64Array(bytes) },
  float16: {
    ...real(16, (value) => Math.f16round(value)),
    fromJson: (values) => new Uint16Array(Float16Array.from(values, Number).buffer),
    fromBinary: (bytes) => new Uint16Array(bytes),
  },
  float32: {
    ...real(32, Math.fround),
    fromJson: (values) => Float32Array.from(values, Number),
    fromBinary: (bytes) => new Float32Array(bytes),
  },
  float64: {
    ...real(64, (value) => value),
    fromJson: (values) => Float64Array.from(values, Number),
    fromBinary: (bytes) => new Float64Array(bytes),
  },
};

const LONG_NUMBER = /\d{16}/;
/** Digits and sign of the longest whole number any type holds. */
const LONGEST_WHOLE = 20;
const WHOLE = /^-?\d+$/;

/**
 * `JSON.parse`, but whole numbers that a double would round come as bigint; in long texts as the rounded number, which
 * is beyond the safe ones and so no element of a whole type.
 * @throws SyntaxError
 */
export function parseExactly(text: string): unknown {
  if (text.length > MAX_EXACT_JSON || !LONG_NUMBER.test(text)) return JSON.parse(text) as unknown;
  return JSON.parse(text, exact) as unknown;
}

/** The compiler's library does not know the third argument yet. */
function exact(this: unknown, _key: string, value: unknown, ...[context]: { source?: string }[]): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? '';
  return source.length <= LONGEST_WHOLE && WHOLE.test(source) ? BigInt(source) : value;
}
