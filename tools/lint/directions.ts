import type { Linter } from 'eslint';
import importX from 'eslint-plugin-import-x';

/** What the files of a folder may import: an allow-list, so that a new folder or package is a decision, not an accident. */
interface Folder {
  /** Folder or file, relative to the repository, like all paths here. */
  folder: string;
  /** Files meant, where not everything below the folder. */
  only?: string;
  may: string[];
  /** Packages; any where absent. */
  packages?: string[];
  /** Its functions depend on their arguments alone: no clock, no environment, no input or output. */
  pure?: boolean;
  /** Runs as a program of its own and may read the environment. */
  environment?: boolean;
}

const CONTRACT = 'serving/contract';
const PLAN = 'operator/plan';
const PLAN_PACKAGES = ['croner', 'semver', '@types/semver', '@kubernetes-models'];

/** The rooms of the plan in their order: what is asked for, what is so, what is wanted for it, what is decided, what is reported. */
const ROOMS = ['spec', 'state', 'objects', 'rules', 'report'];

/** The one table of reasons, of which every room may speak. */
const REASONS = 'operator/plan/reasons.ts';

/** Each room may import those before it. */
const room = (name: string, index: number): Folder => ({
  folder: `${PLAN}/${name}`,
  may: [...ROOMS.slice(0, index + 1).map((each) => `${PLAN}/${each}`), REASONS, 'operator/api', CONTRACT],
  packages: PLAN_PACKAGES,
  pure: true,
});

/** The folders of serving in their order, from what everything rests on to what answers; `serving/*.ts` wires all of it. */
const SERVING = [
  'contract', 'config', 'common', 'telemetry', 'bundle', 'fetch', 'auth', 'limits', 'traffic', 'shadow', 'cache', 'scoring', 'http',
  'feedback', 'protocol', 'openapi',
];

const servingFolder = (name: string, index: number): Folder => ({
  folder: `serving/${name}`,
  may: SERVING.slice(0, index + 1).map((each) => `serving/${each}`),
});

const CLI = 'tools/cli';
const TERMINAL = `${CLI}/terminal`;
const USED_BY_TESTS = ['tools/cluster', 'tools/setup', 'operator/api', 'operator/kube', 'examples/books/traffic'];

/** What runs on a developer's machine. The command line checks with the code of the product; the product knows no tools. */
const TOOLS: Folder[] = [
  { folder: TERMINAL, may: [TERMINAL], packages: ['commander', 'yaml'] },
  { folder: `${CLI}/crds`, may: [`${CLI}/crds`], packages: ['yaml'] },
  {
    folder: `${CLI}/bundle`,
    may: [`${CLI}/bundle`, TERMINAL, ...['bundle', 'common', 'contract', 'fetch', 'scoring', 'validate'].map((name) => `serving/${name}`)],
  },
  {
    folder: `${CLI}/lint`,
    may: [`${CLI}/lint`, `${CLI}/crds`, TERMINAL, 'operator/api', `${PLAN}/spec`, CONTRACT, 'serving/common/nearest-name.ts'],
  },
  {
    folder: `${CLI}/cluster`,
    may: [`${CLI}/cluster`, `${CLI}/crds`, TERMINAL, 'operator/api', 'operator/kube', `${PLAN}/state`, CONTRACT],
  },
  {
    folder: CLI,
    only: `${CLI}/*.ts`,
    may: [CLI, 'operator/kube/errors.ts', 'serving/bundle/failure.ts', 'serving/scoring/failures.ts', 'serving/end-now.ts', CONTRACT],
  },
  { folder: 'tools/setup', may: ['tools/setup'], packages: [] },
  { folder: 'tools/packages', may: ['tools/packages'] },
  { folder: 'tools/lint', may: ['tools/lint'] },
  { folder: 'tools/generate', may: ['tools/generate', 'tools/setup', 'operator/api', 'operator/telemetry', REASONS, CONTRACT] },
  { folder: 'tools/cluster', may: ['tools/cluster', 'tools/packages', 'tools/setup'] },
  { folder: 'tools/replay', may: ['tools/replay', 'tools/cluster', 'operator/api', `${PLAN}/state`, CONTRACT] },
  { folder: 'tools/testenv', may: ['tools/testenv', ...USED_BY_TESTS] },
  { folder: 'tools/demo', may: ['tools/demo', 'tools/testenv', TERMINAL, `${PLAN}/state`, ...USED_BY_TESTS] },
].map((row) => ({ ...row, environment: true }));

const FOLDERS: Folder[] = [
  { folder: CONTRACT, may: [CONTRACT], packages: [], pure: true },
  { folder: 'operator/api', may: ['operator/api', CONTRACT], packages: [], pure: true },
  { folder: PLAN, only: `${PLAN}/*.ts`, may: [PLAN, 'operator/api', CONTRACT], packages: PLAN_PACKAGES, pure: true },
  ...ROOMS.map(room),
  { folder: 'operator/telemetry', may: ['operator/telemetry', 'operator/api', CONTRACT] },
  { folder: 'operator/kube', may: ['operator/kube', 'operator/api', 'operator/telemetry', CONTRACT] },
  { folder: 'operator/notify', may: ['operator/notify', PLAN, 'operator/api', 'operator/telemetry', CONTRACT] },
  {
    folder: 'operator/loop',
    may: ['operator/loop', PLAN, 'operator/notify', 'operator/kube', 'operator/api', 'operator/telemetry', CONTRACT],
  },
  { folder: 'operator', only: 'operator/*.ts', may: ['operator', CONTRACT] },
  ...SERVING.map(servingFolder).slice(1),
  { folder: 'serving/validate', may: ['serving'] },
  { folder: 'serving', only: 'serving/*.ts', may: ['serving'] },
  { folder: 'examples', may: ['examples', 'serving/bundle', CONTRACT], environment: true },
  ...TOOLS,
];

/** The only files of the product that read the environment; the last two only write it, for a native library. */
const CONFIGS = ['operator/config.ts', 'serving/config/read.ts', 'serving/scoring/no-telemetry.ts', 'serving/scoring/text-locale.ts'];
/** Tests, and what only tests import. */
const TESTS = ['**/*.test.ts', '**/testing/**'];

const CLIENT = {
  group: ['@kubernetes/client-node'],
  message: 'Only operator/kube talks to the API server through the client; go through it.',
};
const ENVIRONMENT_MODULE = {
  name: 'node:process',
  importNames: ['env', 'default'],
  message: 'Only config.ts reads the environment; take the value as an argument.',
};
const IMPURE = 'This folder is pure: its functions know their arguments and nothing else.';
const IMPURE_MODULES = [
  { regex: '^node:(?!crypto$|assert$|net$)', message: IMPURE },
  { group: ['node:net'], allowImportNames: ['BlockList', 'isIP'], message: IMPURE },
];
const ENVIRONMENT = {
  object: 'process',
  property: 'env',
  message: 'Only config.ts reads the environment; take the value as an argument.',
};
const PURE = 'This folder is pure: take the time, the environment and randomness as arguments.';
const IMPURE_GLOBALS = ['process', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'performance', 'fetch', 'console'];
const IMPURE_PROPERTIES = [['Date', 'now'], ['Math', 'random'], ['crypto', 'randomUUID'], ['crypto', 'getRandomValues']].map(
  ([object, property]) => ({ object, property, message: PURE }),
);

const zone = ({ folder, only, may, packages }: Folder) => ({
  target: only ?? folder,
  from: '.',
  except: [...may, ...(packages ?? ['']).map((name) => `node_modules/${name}`)],
  message: `${folder} may import only ${[...may, ...(packages ?? ['any package'])].join(', ')}; see tools/lint/directions.ts.`,
});

const TESTING = {
  target: 'serving',
  from: 'serving/testing',
  message: 'serving/testing is for tests: what serves does not import it.',
};

function rulesOf(row: Folder, basePath: string): Linter.RulesRecord {
  const pure = row.pure ?? false;
  const patterns = [...(row.folder === 'operator/kube' ? [] : [CLIENT]), ...(pure ? IMPURE_MODULES : [])];
  const environment = row.environment ? [] : [ENVIRONMENT];
  return {
    'import-x/no-restricted-paths': ['error', { basePath, zones: [zone(row), TESTING] }],
    'no-restricted-imports': ['error', { paths: row.environment ? [] : [ENVIRONMENT_MODULE], patterns }],
    'no-restricted-properties': ['error', ...environment, ...(pure ? IMPURE_PROPERTIES : [])],
    ...(pure && {
      'no-restricted-globals': ['error', ...IMPURE_GLOBALS.map((name) => ({ name, message: PURE }))],
      'no-restricted-syntax': [
        'error',
        { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: PURE },
        { selector: 'CallExpression[callee.name="Date"]', message: PURE },
      ],
    }),
  };
}

/**
 * @param root absolute path of the repository
 * @returns one entry a folder; tests may import what they like
 */
export function directions(root: string): Linter.Config[] {
  return [
    { plugins: { 'import-x': importX }, settings: { 'import-x/extensions': ['.ts', '.mjs'] } },
    ...FOLDERS.map((row) => ({
      files: [row.only ?? `${row.folder}/**/*.{ts,mjs}`],
      ignores: TESTS,
      rules: rulesOf(row, root),
    })),
    { files: CONFIGS, rules: { 'no-restricted-properties': 'off' } },
  ];
}
