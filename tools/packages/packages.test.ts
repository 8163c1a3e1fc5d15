import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadedBy } from './loaded.ts';
import { manifestOf, productFiles, root, workspaces } from './workspaces.ts';

/** Reads kubeconfigs. The operator loads it outside a pod only, which is to say in a checkout. */
const OUTSIDE_A_POD = '@kubernetes/client-node';

const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, unknown> };

describe.each(workspaces)('the package in %s', (folder) => {
  const { version, license, type, dependencies = {}, ...rest } = manifestOf(folder);

  it('depends on what its files, and those they load, import, and on nothing else', () => {
    const { packages } = loadedBy(root, productFiles(folder));
    expect(Object.keys(dependencies)).toEqual(folder === 'operator' ? packages.filter((name) => name !== OUTSIDE_A_POD) : packages);
    expect(Object.keys(rest).filter((key) => /dependencies/i.test(key))).toEqual([]);
  });

  it('has everything in the node_modules of the whole, in one version', () => {
    expect(Object.keys(lock.packages).filter((path) => path.startsWith(`${folder}/node_modules/`))).toEqual([]);
    for (const [name, pinned] of Object.entries(dependencies)) expect(lock.packages[`node_modules/${name}`]).toMatchObject({ version: pinned });
  });

  it('is of the same version, license and kind as the whole', () => {
    const whole = manifestOf();
    expect({ version, license, type }).toEqual({ version: whole.version, license: whole.license, type: whole.type });
  });
});

describe('the whole', () => {
  const { dependencies, devDependencies = {} } = manifestOf();

  it('depends on nothing but tools, in exact versions', () => {
    const shipped = workspaces.flatMap((folder) => Object.keys(manifestOf(folder).dependencies ?? {}));
    expect(dependencies).toBeUndefined();
    expect(Object.keys(devDependencies).filter((name) => shipped.includes(name))).toEqual([OUTSIDE_A_POD]);
    expect(Object.values(devDependencies).filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });
});

describe('the operator', () => {
  it('starts without the package that reads kubeconfigs', () => {
    expect(loadedBy(root, ['operator/main.ts'], 'start').packages).not.toContain(OUTSIDE_A_POD);
    expect(loadedBy(root, ['operator/main.ts']).packages).toContain(OUTSIDE_A_POD);
  });
});
