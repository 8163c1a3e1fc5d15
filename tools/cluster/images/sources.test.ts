import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS } from '../../../serving/contract/env.ts';
import { loadedBy } from '../../packages/loaded.ts';
import { manifestOf } from '../../packages/workspaces.ts';
import { checkout } from '../layout.ts';
import { sources, type Target, targets } from './sources.ts';

const ENTRIES: Record<Target, readonly string[]> = {
  operator: ['operator/main.ts'],
  serving: Object.values(COMMANDS).flat(),
  examples: ['examples/books/main.ts'],
};
/** Reads kubeconfigs, of which there are none in a pod. */
const OUTSIDE_A_POD = ['@kubernetes/client-node'];

/** The stage of a target in the Dockerfile. */
function stageOf(target: Target): string {
  const dockerfile = readFileSync(join(checkout, 'Dockerfile'), 'utf8');
  const [, stage = ''] = new RegExp(`^FROM runtime AS ${target}\\n([^]*?)(?=^FROM|$(?![^]))`, 'm').exec(dockerfile) ?? [];
  return stage;
}

const isUnder = (path: string, roots: readonly string[]): boolean => roots.some((root) => path === root || path.startsWith(`${root}/`));

describe.each(targets)('the image of %s', (target) => {
  it('is made of what its tag is made of', () => {
    const copied = [...stageOf(target).matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) => paths.split(' '));
    expect(copied.toSorted()).toEqual([...sources[target], 'package.json'].toSorted());
  });

  it('holds every file that its programs load', () => {
    const { files } = loadedBy(checkout, ENTRIES[target]);
    expect(files.filter((path) => !isUnder(path, sources[target]))).toEqual([]);
  });

  it('holds the packages of its workspace, which are all that its programs load', () => {
    expect(stageOf(target)).toContain(`COPY --from=modules /modules-${target} node_modules\n`);
    const installed = Object.keys(manifestOf(target).dependencies ?? {});
    expect(loadedBy(checkout, ENTRIES[target]).packages.filter((name) => !installed.includes(name))).toEqual(target === 'operator' ? OUTSIDE_A_POD : []);
  });
});

describe('the image of the operator', () => {
  it('holds nothing of the serving program but the contract', () => {
    expect(sources.operator.filter((path) => path.startsWith('serving/'))).toEqual(['serving/contract']);
  });

  it('holds no runtime of models, no storage, no cache and no client of its own', () => {
    expect(Object.keys(manifestOf('operator').dependencies ?? {})).toEqual(['croner', 'prom-client', 'undici', 'zod']);
  });
});
