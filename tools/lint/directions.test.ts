import { describe, expect, it } from '@jest/globals';
import { Linter } from 'eslint';
import { parser } from 'typescript-eslint';
import { directions } from './directions.ts';

const root = new URL('../../', import.meta.url).pathname;
const linter = new Linter({ cwd: root });
const config = [{ files: ['**/*.{ts,mjs}'], languageOptions: { parser } }, ...directions(root)];

const complaints = (file: string, code: string): string[] =>
  linter.verify(code, config, { filename: `${root}${file}` }).map((message) => message.ruleId ?? message.message);

const PATHS = 'import-x/no-restricted-paths';

describe('import directions', () => {
  it.each([
    ['operator/api/x.ts', '../kube/paths.ts'],
    ['operator/plan/x.ts', '../kube/paths.ts'],
    ['operator/plan/x.ts', '../telemetry/log.ts'],
    ['operator/plan/x.ts', '../../serving/bundle/read.ts'],
    ['operator/plan/x.ts', 'yaml'],
    ['operator/plan/spec/x.ts', '../state/observed.ts'],
    ['operator/plan/state/x.ts', '../objects/router.ts'],
    ['operator/plan/objects/x.ts', '../rules/decide.ts'],
    ['operator/plan/rules/x.ts', '../report/status.ts'],
    ['operator/plan/report/x.ts', '../plan.ts'],
    ['operator/kube/x.ts', '../../serving/bundle/read.ts'],
    ['operator/telemetry/x.ts', '../kube/paths.ts'],
    ['operator/loop/x.ts', '../../serving/bundle/read.ts'],
    ['operator/main.ts', '../serving/bundle/read.ts'],
    ['operator/main.ts', '../tools/generate/types.ts'],
    ['serving/x.ts', '../operator/api/names.ts'],
    ['serving/bundle/x.ts', '../../operator/api/names.ts'],
    ['serving/contract/x.ts', '../bundle/read.ts'],
    ['serving/contract/x.ts', '../../operator/api/names.ts'],
    ['serving/bundle/x.ts', '../scoring/tensors.ts'],
    ['serving/scoring/x.ts', '../http/body.ts'],
    ['serving/http/x.ts', '../server.ts'],
    ['serving/traffic/x.ts', '../shadow/shadow.ts'],
    ['serving/validate/x.ts', '../../operator/api/names.ts'],
    ['serving/x.ts', './testing/tiny-bundle.ts'],
    ['examples/books/x.ts', '../../operator/api/names.ts'],
    ['tools/cli/terminal/x.ts', '../cluster/api.ts'],
    ['tools/cli/lint/x.ts', '../cluster/api.ts'],
    ['tools/cli/cluster/x.ts', '../lint/lint.ts'],
    ['tools/cli/cluster/x.ts', '../../../operator/plan/rules/decide.ts'],
    ['tools/cli/bundle/x.ts', '../../../serving/server.ts'],
    ['tools/cli/bundle/x.ts', '../../../operator/api/names.ts'],
    ['tools/cli/x.ts', '../../operator/plan/plan.ts'],
    ['tools/setup/x.mjs', 'yaml'],
    ['tools/setup/x.mjs', '../cluster/layout.ts'],
    ['tools/generate/x.ts', '../../operator/plan/plan.ts'],
    ['tools/cluster/x.ts', '../demo/main.ts'],
    ['tools/replay/x.ts', '../../operator/plan/plan.ts'],
    ['tools/testenv/x.ts', '../demo/main.ts'],
    ['tools/demo/x.ts', '../cli/program.ts'],
    ['operator/main.ts', '../tools/cli/terminal/table.ts'],
    ['serving/x.ts', '../tools/cli/terminal/table.ts'],
  ])('%s may not import %s', (file, target) => {
    expect(complaints(file, `import * as x from '${target}';\nexport { x };`)).toContain(PATHS);
    expect(complaints(file, `import type * as x from '${target}';\nexport type { x };`)).toContain(PATHS);
  });

  it.each([
    ['operator/api/x.ts', '../../serving/contract/http.ts'],
    ['operator/plan/x.ts', '../api/names.ts'],
    ['operator/plan/report/x.ts', '../rules/decide.ts'],
    ['operator/plan/rules/start/x.ts', '../../state/observed.ts'],
    ['serving/contract/x.ts', './http.ts'],
    ['operator/plan/x.ts', 'semver'],
    ['operator/kube/x.ts', '../telemetry/log.ts'],
    ['operator/kube/x.ts', '@kubernetes/client-node'],
    ['operator/loop/x.ts', '../kube/paths.ts'],
    ['operator/main.ts', './kube/paths.ts'],
    ['serving/x.ts', './bundle/read.ts'],
    ['serving/http/x.ts', '../scoring/slot.ts'],
    ['serving/validate/x.ts', '../server.ts'],
    ['examples/books/x.ts', '../../serving/bundle/read.ts'],
    ['operator/plan/x.test.ts', '../kube/paths.ts'],
    ['tools/cli/bundle/x.ts', '../../../serving/bundle/manifest.ts'],
    ['tools/cli/cluster/x.ts', '../crds/crds.ts'],
    ['tools/cli/x.ts', './cluster/commands.ts'],
    ['tools/generate/x.ts', '../../operator/plan/reasons.ts'],
    ['tools/demo/x.ts', '../cli/terminal/table.ts'],
    ['tools/cli/lint/x.test.ts', '../program.ts'],
    ['serving/x.test.ts', './testing/tiny-bundle.ts'],
  ])('%s may import %s', (file, target) => {
    expect(complaints(file, `import * as x from '${target}';\nexport { x };`)).toEqual([]);
  });

  it.each(['operator/main.ts', 'operator/loop/x.ts', 'serving/x.ts', 'examples/books/x.ts'])(
    'keeps the API client out of %s',
    (file) => {
      expect(complaints(file, "export { Watch } from '@kubernetes/client-node';")).toContain('no-restricted-imports');
    },
  );
});

describe('the environment', () => {
  it.each(['operator/main.ts', 'operator/kube/x.ts', 'operator/plan/x.ts', 'serving/x.ts'])('is not read in %s', (file) => {
    expect(complaints(file, 'export const x = process.env.X;')).toContain('no-restricted-properties');
    expect(complaints(file, "import { env } from 'node:process';\nexport { env };")).toContain('no-restricted-imports');
  });

  it.each(['operator/config.ts', 'serving/config/read.ts', 'examples/books/x.ts'])('may be read in %s', (file) => {
    expect(complaints(file, 'export const x = process.env.X;')).toEqual([]);
  });
});

describe('pure folders', () => {
  it.each([
    ['Date.now()', 'no-restricted-properties'],
    ['Math.random()', 'no-restricted-properties'],
    ['new Date()', 'no-restricted-syntax'],
    ['setTimeout(f, 1)', 'no-restricted-globals'],
    ['process.uptime()', 'no-restricted-globals'],
    ["fetch('http://x')", 'no-restricted-globals'],
    ["import('node:fs')", 'no-restricted-imports'],
  ])('know no %s', (expression, rule) => {
    const code = expression.startsWith('import') ? "import * as x from 'node:fs';\nexport { x };" : `export const x = ${expression};`;
    for (const folder of ['operator/plan', 'operator/plan/spec', 'operator/plan/rules/start', 'operator/api', 'serving/contract']) {
      expect(complaints(`${folder}/x.ts`, code)).toContain(rule);
    }
  });

  it('may turn a given time into a date', () => {
    expect(complaints('operator/plan/x.ts', 'export const at = (now: number) => new Date(now).toISOString();')).toEqual([]);
  });
});
