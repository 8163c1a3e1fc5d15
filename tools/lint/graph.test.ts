import { describe, expect, it } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { circlesOf, folderGraph, importGraph } from './graph.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

describe('the imports, those of types included', () => {
  it.each(['operator', 'serving', 'examples', 'tools'])('of %s have no circle of files', (folder) => {
    expect(circlesOf(importGraph(root, [folder]))).toEqual([]);
  });

  it.each(['operator/plan', 'serving', 'tools/cli'])('of %s have no circle of folders', (folder) => {
    const graph = new Map(importGraph(root, [folder]));
    // It stands on top of its rooms, beside the table of reasons below them.
    graph.delete('operator/plan/plan.ts');
    expect(circlesOf(folderGraph(graph))).toEqual([]);
  });

  it('are all seen', () => {
    const graph = importGraph(root, ['operator']);
    expect(graph.get('operator/main.ts')).toContain('operator/config.ts');
    expect(graph.get('operator/plan/plan.ts')).toContain('operator/plan/state/observed.ts');
  });
});

describe('circles', () => {
  it('are found whatever their length, and only them', () => {
    const graph = new Map([['a', ['b', 'c']], ['b', ['c']], ['c', ['d']], ['d', ['b']]]);
    expect(circlesOf(graph)).toEqual([['b', 'c', 'd']]);
  });
});
