import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ndjsonLines } from './ndjson.ts';

async function read(chunks: readonly Uint8Array[]): Promise<string[]> {
  const found: string[] = [];
  const stream = (async function* () {
    for (const chunk of chunks) yield await Promise.resolve(chunk);
  })();
  for await (const line of ndjsonLines(stream)) found.push(line);
  return found;
}

describe('lines of a stream', () => {
  it('come out whole wherever the stream was cut', async () => {
    const line = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => text.trim() !== '' && !text.includes('\n'));
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.integer({ min: 1, max: 9 }), async (texts, size) => {
        const bytes = Buffer.from(texts.map((text) => `${text.toWellFormed()}\n`).join(''));
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size));
        expect(await read(chunks)).toEqual(texts.map((text) => text.toWellFormed()));
      }),
    );
  });

  it('leave out empty ones and keep a last one without newline', async () => {
    expect(await read([Buffer.from('\n\na\r\n\n'), Buffer.from('b')])).toEqual(['a\r', 'b']);
  });

  it('may not be endless', async () => {
    const chunk = Buffer.alloc(8 * 1024 * 1024, 120);
    await expect(read([chunk, chunk, chunk, chunk, chunk])).rejects.toThrow('a line of more than');
  });
});
