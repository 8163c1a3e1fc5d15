import { describe, expect, it } from '@jest/globals';
import { parseOptions } from './args.ts';
import { cleanupOf } from './cleanup.ts';

const OTHER = ['--context', 'staging', '--image-prefix', 'r/', '--image-tag', 'v1'];

describe('the cleanup', () => {
  it.each([
    ['stays for a person at a terminal', [], { startedHere: true, terminal: true }, 'Keep'],
    ['takes the cluster down for a script, where the demo started it', [], { startedHere: true, terminal: false }, 'RemoveCluster'],
    ['leaves a cluster that was up', [], { startedHere: false, terminal: false }, 'RemoveNamespace'],
    ['--keep', ['--keep'], { startedHere: true, terminal: false }, 'Keep'],
    ['--down, whoever started it', ['--down'], { startedHere: false, terminal: true }, 'RemoveCluster'],
    ['never takes another cluster down', [...OTHER, '--down'], { startedHere: false, terminal: true }, 'RemoveNamespace'],
    ['stays in another cluster too', OTHER, { startedHere: false, terminal: true }, 'Keep'],
  ] as const)('%s', (_, args, { startedHere, terminal }, cleanup) => {
    expect(cleanupOf(parseOptions(args), { localCluster: startedHere }, terminal)).toBe(cleanup);
  });
});
