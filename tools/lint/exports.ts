import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImportGraph } from './graph.ts';

const DECLARED = /^export (?:async )?(?:const|let|function\*?|class|interface|type|enum) (\w+)/gm;
const LISTED = /^export (?:type )?\{([^}]*)\}/gm;

/**
 * Names that a file exports and no other file uses, e.g. `tools/x.ts: name`.
 * @param graph of every file that may use them, tests included
 * @param isChecked whether the exports of a file are looked at
 */
export function unusedExports(root: string, graph: ImportGraph, isChecked: (file: string) => boolean): string[] {
  const texts = new Map([...graph.keys()].map((file) => [file, readFileSync(join(root, file), 'utf8')]));
  const edges = [...graph].flatMap(([file, imports]) => imports.map((imported) => ({ file, imported })));
  const importers = Map.groupBy(edges, ({ imported }) => imported);
  return [...texts].filter(([file]) => isChecked(file)).flatMap(([file, text]) => {
    const users = (importers.get(file) ?? []).map((each) => texts.get(each.file) ?? '').join('\n');
    return exportsOf(text).filter((name) => !new RegExp(`\\b${name}\\b`).test(users)).map((name) => `${file}: ${name}`);
  });
}

function exportsOf(text: string): string[] {
  const lists = [...text.matchAll(LISTED)].flatMap(([, names = '']) => names.split(','));
  const listed = lists.map((each) => each.trim().split(' ').at(-1) ?? '');
  return [...[...text.matchAll(DECLARED)].map(([, name = '']) => name), ...listed.filter((name) => name !== '')];
}
