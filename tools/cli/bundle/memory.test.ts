import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { memoryNeeded, memorySentence, sizesOf } from './memory.ts';

const MIB = 1024 ** 2;
const dirs: string[] = [];
afterAll(async () => {
  for (const dir of dirs) await rm(dir, { recursive: true });
});

/** In MiB, with one and two threads. */
function peaks(sizes: Parameters<typeof memoryNeeded>[0]): [number, number] {
  const { bytes, threadBytes } = memoryNeeded(sizes);
  return [bytes / MIB, (bytes + threadBytes) / MIB];
}

describe('the memory that a bundle needs', () => {
  // Peaks that were measured on Node 24.21 and onnxruntime 1.30, MiB.
  it.each<[string, Parameters<typeof memoryNeeded>[0], [number, number]]>([
    ['a thousand items', { graphBytes: 0.3 * MIB, items: 1_000, itemBytes: 0.1 * MIB, words: 100, scores: 1_000 }, [236, 348]],
    ['100,000 items of 64 factors', { graphBytes: 26.9 * MIB, items: 100_000, itemBytes: 5.6 * MIB, words: 10_000, scores: 100_000 }, [500, 639]],
    ['1,000,000 items of 64 factors', { graphBytes: 246.6 * MIB, items: 1e6, itemBytes: 58 * MIB, words: 10_000, scores: 1e6 }, [1484, 2190]],
    ['2,000,000 users of 64 factors', { graphBytes: 490.7 * MIB, items: 10_000, itemBytes: 0.5 * MIB, words: 2e6, scores: 10_000 }, [1541, 2037]],
    ['300,000 users and items of 128 factors', { graphBytes: 293 * MIB, items: 300_000, itemBytes: 68.7 * MIB, words: 300_000, scores: 300_000 }, [1204, 1709]],
  ])('is close to what was measured for %s', (_what, sizes, measured) => {
    peaks(sizes).forEach((peak, index) => expect(Math.abs(peak / (measured[index] ?? 0) - 1)).toBeLessThan(0.18));
  });

  it('is told with the limit to set, or that the default is enough', () => {
    const small = { graphBytes: MIB, items: 1_000, itemBytes: 0.1 * MIB, words: 100, scores: 0 };
    expect(memorySentence(memoryNeeded(small))).toBe(
      'about 243Mi to load and serve it: the default limit of 512Mi is enough; each further inference thread takes 111Mi more',
    );
    expect(memorySentence(memoryNeeded({ ...small, graphBytes: 500 * MIB }))).toContain('set spec.serving.resources.limits.memory to at least 1536Mi (default: 512Mi)');
  });
});

describe('the sizes of a bundle', () => {
  const facts = { bytes: 5, outputs: [{ name: 'scores', type: 'float32', shape: undefined }] } as unknown as Parameters<typeof sizesOf>[2];

  it('are those of the files that its manifest names, or of those with the usual names', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sizes-'));
    dirs.push(dir);
    await writeFile(join(dir, 'items.jsonl'), '{"id":"a"}\n{"id":"b"}\n');
    await writeFile(join(dir, 'users.json'), '["u","v","w"]');
    await writeFile(join(dir, 'seasons.json'), '["spring"]');
    const usual = { graphBytes: 5, items: 2, itemBytes: 22, words: 3, scores: 2 };
    expect(await sizesOf(dir, {}, facts)).toEqual(usual);
    const inputs = [{ vocabulary: 'users.json' }, { vocabulary: 'seasons.json' }, { from: 'text' }];
    expect(await sizesOf(dir, { inputs, items: 'nothing.jsonl' }, facts)).toEqual({ ...usual, items: 0, itemBytes: 0, words: 4, scores: 0 });
  });
});
