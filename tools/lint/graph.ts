import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** File → the files of this repository that it imports, types included. Paths relative to the repository. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

const IMPORT = /^(?:import|export)\b[^'"]*?from '(\.[^']+)'|^import '(\.[^']+)'|\bimport\('(\.[^']+)'\)|new URL\('(\.[^']+\.ts)'/gm;

/**
 * @param folders read whole
 * @param isIncluded which of their files; by default all but tests and what only tests import
 */
export function importGraph(root: string, folders: readonly string[], isIncluded = isProduct): ImportGraph {
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)));
  return new Map(files.filter(isIncluded).toSorted().map((file) => [file, importsOf(file, readFileSync(join(root, file), 'utf8'))]));
}

export const isProduct = (file: string): boolean => isSource(file) && !/\.test\.ts$|\/testing\//.test(file);
export const isSource = (file: string): boolean => /\.(ts|mjs)$/.test(file) && !/node_modules\/|\.venv\//.test(file);

function importsOf(file: string, source: string): string[] {
  return [...source.matchAll(IMPORT)].map((found) => join(dirname(file), found.slice(1).find((path) => path !== undefined) ?? ''));
}

/** Circles of the graph, each as the nodes on its way round; one for each edge that closes one. */
export function circlesOf(graph: ImportGraph): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): void => {
    const from = path.indexOf(node);
    if (from !== -1) circles.push(path.slice(from));
    if (from !== -1 || done.has(node)) return;
    for (const next of graph.get(node) ?? []) visit(next, [...path, node]);
    done.add(node);
  };
  for (const node of graph.keys()) visit(node, []);
  return circles;
}

/** The graph of the folders that the files lie in. */
export function folderGraph(graph: ImportGraph): ImportGraph {
  const folders = new Map<string, Set<string>>();
  for (const [file, imports] of graph) {
    const folder = dirname(file);
    const others = imports.map((each) => dirname(each)).filter((each) => each !== folder);
    folders.set(folder, new Set([...(folders.get(folder) ?? []), ...others]));
  }
  return new Map([...folders].map(([folder, others]) => [folder, [...others]]));
}
