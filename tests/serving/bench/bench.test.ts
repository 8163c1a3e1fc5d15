import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

import { readOptions } from '../../bench/serving/args.ts';
import { median, medians } from '../../bench/serving/figures.ts';
import type { Figures } from '../../bench/serving/figures.ts';
import { pythonPath } from '../../../tools/setup/python.mjs';

const MAIN = fileURLToPath(new URL('../../bench/serving/main.ts', import.meta.url));

describe('figures of rounds', () => {
  it('are medians, and sums of what is counted', () => {
    const round = (throughput: number, errors: number) => ({ throughput, errors, faults: [] }) as unknown as Figures;
    expect(medians([round(10, 0), round(30, 2), round(20, 1)])).toEqual({ throughput: 20, errors: 3, faults: [] });
    expect(median([1, 4])).toBe(2.5);
    expect(median([])).toBeUndefined();
  });
});

describe('the options', () => {
  it('name a plan and refuse what is unknown', () => {
    expect(readOptions(['--quick'])).toMatchObject({ plan: { name: 'quick' }, python: undefined });
    expect(readOptions([])).toMatchObject({ plan: { rounds: 3, sizes: [10_000, 100_000] } });
    expect(() => readOptions(['--fast'])).toThrow(/--fast/);
  });
});

describe('the benchmark', () => {
  it('measures every server and ends with one JSON object', async () => {
    const python = pythonPath('bench');
    const args = [MAIN, '--smoke', ...(python === undefined ? [] : ['--python', python])];
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 24 });
    const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(result).toMatchObject({ plan: 'smoke', faults: [] });
    const [{ closed, floor, overload }] = result.comparisons;
    for (const name of ['ours', 'naiveExpress', 'noopExpress']) expect(closed[name]['64'].throughput).toBeGreaterThan(0);
    expect(floor['16']).toBeGreaterThan(0);
    expect(overload.answered).toBeGreaterThan(0);
    expect(result.targets).toContainEqual(expect.objectContaining({ name: 'N = 1000: throughput, multiple of naive Express' }));
  }, 180_000);
});
