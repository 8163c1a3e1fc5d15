import { StringDecoder } from 'node:string_decoder';

/** Longest line taken from a watch: etcd refuses objects above 1.5 MiB; escapes can make JSON several times longer. */
const LONGEST = 32 * 1024 * 1024;

/** Splits a byte stream into its non-empty lines; a character cut in two by a chunk's end is put together again. */
export async function* ndjsonLines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest: string[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const parts = decoder.write(chunk).split('\n');
    const tail = parts.pop() ?? '';
    for (const part of parts) {
      const line = rest.length === 0 ? part : rest.join('') + part;
      rest = [];
      length = 0;
      if (line.trim() !== '') yield line;
    }
    rest.push(tail);
    length += tail.length;
    if (length > LONGEST) throw new Error(`the watch sent a line of more than ${LONGEST} characters`);
  }
  const last = rest.join('') + decoder.end();
  if (last.trim() !== '') yield last;
}
