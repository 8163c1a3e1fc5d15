import { readFile, readdir, writeFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { typesFrom, type Crd } from './types.ts';

const root = new URL('../../', import.meta.url);
const crds: Crd[] = [];
for (const file of (await readdir(new URL('crds/', root))).sort()) {
  crds.push(parse(await readFile(new URL(`crds/${file}`, root), 'utf8')) as Crd);
}
await writeFile(new URL('operator/api/types.gen.ts', root), await typesFrom(crds));
