import xxhash from 'xxhash-wasm';

const { h64, h64ToString } = await xxhash();

/** XXH64 of a UTF-8 text, 64 bits. https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md */
export function hash64(text: string): bigint {
  return h64(text);
}

/** The same as 16 hexadecimal digits. */
export function hash64Hex(text: string): string {
  return h64ToString(text);
}
